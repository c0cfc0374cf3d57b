package merkle

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// GenerateKey makes an Ed25519 key pair whose name is the ledger's origin, in
// the encodings of package note: PRIVATE+KEY+name+id+seed and name+id+key.
func GenerateKey(origin string) (private, public string, err error) {
	if err := checkOrigin(origin); err != nil {
		return "", "", err
	}
	private, public, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", "", fmt.Errorf("merkle: making a key: %w", err)
	}
	return private, public, nil
}

// Public returns the public key of a private one.
func Public(private string) (string, error) {
	signer, err := NewSigner(private)
	if err != nil {
		return "", err
	}
	return signer.public, nil
}

// Signer signs the checkpoints of one ledger.
type Signer struct {
	key    note.Signer
	public string
	seed   []byte
}

// NewSigner returns the signer of a private key, as GenerateKey encodes it.
func NewSigner(private string) (*Signer, error) {
	key, err := newNoteSigner(private)
	if err != nil {
		return nil, err
	}
	// PRIVATE+KEY+name+id+base64(0x01 || seed), as newNoteSigner has checked; the
	// base64 may hold '+' itself.
	seed, err := decodeBase64(strings.SplitN(private, "+", 5)[4])
	if err != nil {
		return nil, fmt.Errorf("merkle: private key: %w", err)
	}
	seed = seed[1:]
	public, err := note.NewEd25519VerifierKey(key.Name(), ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("merkle: public key of %s: %w", key.Name(), err)
	}
	return &Signer{key: key, public: public, seed: seed}, nil
}

// Derive gives a secret key of 32 bytes that follows from the private key and
// a purpose, by HKDF-SHA-256 (RFC 5869). Whoever has it learns nothing of the
// private key, nor of the keys for other purposes.
func (s *Signer) Derive(purpose string) ([32]byte, error) {
	key, err := hkdf.Key(sha256.New, s.seed, nil, s.Origin()+" "+purpose, 32)
	if err != nil {
		return [32]byte{}, fmt.Errorf("merkle: deriving a key: %w", err)
	}
	return [32]byte(key), nil
}

// Origin returns the key's name, the only origin that this signer signs for.
func (s *Signer) Origin() string {
	return s.key.Name()
}

// Public returns the public key, for OpenCheckpoint.
func (s *Signer) Public() string {
	return s.public
}

// Sign returns the checkpoint as a signed note. It does not know what was signed
// before: that a ledger never signs two that contradict is for the caller to see
// to. The same checkpoint gives the same bytes every time.
func (s *Signer) Sign(c Checkpoint) ([]byte, error) {
	if c.Origin != s.Origin() {
		return nil, fmt.Errorf("merkle: the key is for %q and does not sign for %q", s.Origin(), c.Origin)
	}
	if err := checkSize(c.Size); err != nil {
		return nil, err
	}
	if c.Size == 0 && c.Root != emptyRoot() {
		return nil, fmt.Errorf("merkle: %s is not the root of an empty tree", c.Root)
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, s.key)
	if err != nil {
		return nil, fmt.Errorf("merkle: signing: %w", err)
	}
	return signed, nil
}

// newNoteSigner parses a private key; its errors never hold any of it.
func newNoteSigner(private string) (note.Signer, error) {
	key, err := note.NewSigner(private)
	if err != nil {
		return nil, fmt.Errorf("merkle: this is not a private key (PRIVATE+KEY+name+id+seed)")
	}
	if err := checkOrigin(key.Name()); err != nil {
		return nil, err
	}
	return key, nil
}

func newVerifier(public string) (note.Verifier, error) {
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, fmt.Errorf("merkle: this is not a public key (name+id+key): %w", err)
	}
	return verifier, nil
}
