package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// output is a file that appears whole or not at all: it is written beside its
// place and moved there by commit. Opening it before the work starts finds out
// whether it can be written.
type output struct {
	f    *os.File
	path string // where it goes; "" where it is written in place
}

// openOutput prepares path. What is there and no regular file (a pipe, a
// terminal, /dev/null) is written in place: moving a file over it would destroy
// it.
func openOutput(path string) (*output, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a directory: want a file to write", path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &output{f: f}, err
	case err == nil:
		// A file that may not be written is not replaced behind its owner's back.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return &output{f: f, path: path}, nil
}

// commit writes the content and moves the file to its place.
func (o *output) commit(write func(io.Writer) error) error {
	err := write(o.f)
	if e := o.f.Close(); err == nil {
		err = e
	}
	if o.path == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.f.Name(), o.path)
	}
	if err != nil {
		os.Remove(o.f.Name())
		return fmt.Errorf("cannot write %s: %w", o.path, err)
	}
	o.path = ""
	return nil
}

// drop gives up a file that was not committed.
func (o *output) drop() {
	if o != nil && o.path != "" {
		o.f.Close()
		os.Remove(o.f.Name())
	}
}

// writeWhole writes one file at once.
func writeWhole(path string, write func(io.Writer) error) error {
	o, err := openOutput(path)
	if err != nil {
		return err
	}
	return o.commit(write)
}
