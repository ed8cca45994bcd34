package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties/adapters"
)

func (a *app) initCommand() *cobra.Command {
	var languages []string
	for _, e := range adapters.Examples {
		languages = append(languages, e.Language)
	}
	dir := ""
	c := &cobra.Command{
		Use:   "init " + strings.Join(languages, "|"),
		Short: "Write an example kernel, with what it needs to be judged",
		Long: `Write an example kernel in a language, with what it needs to be judged, into the
current directory. A file that is there already is not touched: nothing is written
then.`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: languages,
		RunE: func(_ *cobra.Command, args []string) error {
			i := slices.Index(languages, args[0])
			if i < 0 {
				return fmt.Errorf("unknown language %q: want one of %s", args[0], strings.Join(languages, ", "))
			}
			return a.initialise(&adapters.Examples[i], dir)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "directory to write into")
	return c
}

// initialise writes an example, all of it or nothing.
func (a *app) initialise(e *adapters.Example, dir string) error {
	files := e.Files()
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already: nothing was written (--dir names another directory)", path)
		}
	}
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := create(path, files[name]); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "wrote", path)
	}
	fmt.Fprintln(a.stdout, "\nnext:")
	for _, command := range e.Next {
		fmt.Fprintln(a.stdout, "   ", command)
	}
	return nil
}

// create writes a file that must not be there yet.
func create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
