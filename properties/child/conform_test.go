package child

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An honest adapter conforms, and hardly a hostile one does.
func TestConform(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	conform := func(as string) error {
		return Conform(background, Options{Name: as, Command: []string{exe}, Env: []string{role + "=" + as}, Timeout: 300 * time.Millisecond})
	}
	require.NoError(t, conform("honest"))
	for as := range hostile {
		switch as {
		case "a wrong magic", "no safetensors", "a frame cut off", "an early end", "another request", "no status", "no output", "another shape":
			require.Error(t, conform(as), as)
		}
	}
}
