package redact

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// distinct gives JSON in which no object has a name twice, after names were
// replaced by marks: the second has a number behind it.
func distinct(raw []byte) []byte {
	var out bytes.Buffer
	d := distincter{decoder: json.NewDecoder(bytes.NewReader(raw)), out: &out}
	d.decoder.UseNumber()
	d.value()
	return out.Bytes()
}

type distincter struct {
	decoder *json.Decoder
	out     *bytes.Buffer
}

func (d *distincter) value() {
	token, err := d.decoder.Token()
	if err != nil {
		return // it is valid JSON
	}
	switch token {
	case json.Delim('{'):
		d.object()
	case json.Delim('['):
		d.out.WriteByte('[')
		for i := 0; d.decoder.More(); i++ {
			if i > 0 {
				d.out.WriteByte(',')
			}
			d.value()
		}
		_, _ = d.decoder.Token()
		d.out.WriteByte(']')
	default:
		d.scalar(token)
	}
}

func (d *distincter) scalar(token json.Token) {
	switch v := token.(type) {
	case string:
		d.out.Write(quoted(v))
	case json.Number:
		d.out.WriteString(v.String())
	case bool:
		d.out.WriteString(strconv.FormatBool(v))
	default:
		d.out.WriteString("null")
	}
}

func (d *distincter) object() {
	d.out.WriteByte('{')
	seen := map[string]bool{}
	for i := 0; d.decoder.More(); i++ {
		if i > 0 {
			d.out.WriteByte(',')
		}
		token, _ := d.decoder.Token()
		name, _ := token.(string)
		free := name
		for n := 2; seen[free]; n++ {
			free = name + " " + strconv.Itoa(n)
		}
		seen[free] = true
		d.out.Write(quoted(free))
		d.out.WriteByte(':')
		d.value()
	}
	_, _ = d.decoder.Token()
	d.out.WriteByte('}')
}
