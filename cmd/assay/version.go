package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// bitsSpec names the bit specification that the CPU variants share.
const bitsSpec = "draft"

func (a *app) versionCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "version",
		Short: "What was built, and what it runs on",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			m := machine()
			m["assay"], m["bits"] = build(), bitsSpec
			if asJSON {
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				return e.Encode(m)
			}
			_, err := fmt.Fprintf(a.stdout, "assay %s\n%s %s/%s\ncpu: %s\nfeatures: %s\nbits: %s\n",
				m["assay"], m["go"], m["os"], m["arch"], m["cpu"], m["features"], m["bits"])
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
