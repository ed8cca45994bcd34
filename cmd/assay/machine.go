package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// relevant are the processor features that kernels here may ask for.
var relevant = []cpuid.FeatureID{
	cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.F16C, cpuid.BMI2,
	cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512BF16, cpuid.AVX512FP16,
	cpuid.ASIMD, cpuid.ASIMDHP, cpuid.FPHP, cpuid.SVE, cpuid.SVE2,
}

// machine describes what the kernels run on.
func machine() map[string]string {
	name := cpuid.CPU.BrandName
	if name == "" {
		name = "unknown " + runtime.GOARCH
	}
	var features []string
	for _, f := range relevant {
		if cpuid.CPU.Has(f) {
			features = append(features, strings.ToLower(f.String()))
		}
	}
	return map[string]string{
		"cpu": name, "features": strings.Join(features, " "), "gpu": "none",
		"os": runtime.GOOS, "arch": runtime.GOARCH, "go": runtime.Version(),
	}
}

// build is the version of this binary: the module's, with the revision it was
// built from where the build recorded one.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if rev := settings["vcs.revision"]; rev != "" {
		version += " " + rev[:min(12, len(rev))]
		if settings["vcs.modified"] == "true" {
			version += "+changes"
		}
		version += " " + settings["vcs.time"]
	}
	return version
}
