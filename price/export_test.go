package price

// Read and Embedded are how the table comes to be.
func Read(data []byte) (*Table, error) { return read(data) }

func Embedded() []byte { return embedded }
