package main

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// newRegistry makes the registry of a server, with what there is to tell of
// the program and its process.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "daybook_build_info", Help: "1, with the version of the program and of Go.",
			ConstLabels: prometheus.Labels{"version": versionText(), "goversion": runtime.Version()},
		}, func() float64 { return 1 }),
	)
	return registry
}
