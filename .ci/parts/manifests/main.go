// manifests reads Kubernetes manifests as the API server would with strict field validation, and prints them as JSON.
// A key that does not exist, one that is given twice and a value of another type are errors.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	objects := []any{}
	for _, file := range os.Args[1:] {
		text, err := os.ReadFile(file)
		check(file, err)
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			object, err := decode(document)
			check(file, err)
			objects = append(objects, object)
		}
	}
	check("output", json.NewEncoder(os.Stdout).Encode(objects))
}

func decode(document []byte) (any, error) {
	var header struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(document, &header); err != nil {
		return nil, err
	}
	var object any
	switch kind := header.APIVersion + " " + header.Kind; kind {
	case "v1 Namespace":
		object = &core.Namespace{}
	case "v1 Service":
		object = &core.Service{}
	case "v1 ConfigMap":
		object = &core.ConfigMap{}
	case "apps/v1 DaemonSet":
		object = &apps.DaemonSet{}
	case "apps/v1 Deployment":
		object = &apps.Deployment{}
	default:
		return nil, fmt.Errorf("unknown kind %q", strings.TrimSpace(kind))
	}
	return object, yaml.UnmarshalStrict(document, object)
}

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}
