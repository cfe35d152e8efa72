// Command bundlecheck runs the validators of operator-framework/api over a bundle folder and fails when one complains.
//
//	bundlecheck FOLDER KUBERNETES_VERSION
//
// The project's own operator-verify ends with 0 whatever it finds. Left out: `multiarch`, which asks a container runtime about images, and
// the old `operatorhub`, which adds a notice of its own deprecation to what its three successors say.
package main

import (
	"fmt"
	"os"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/validation"
	interfaces "github.com/operator-framework/api/pkg/validation/interfaces"
)

type suite struct {
	name       string
	validators interfaces.Validators
}

var suites = []suite{
	{"default", validation.DefaultBundleValidators},
	{"operatorhub/v2", interfaces.Validators{validation.OperatorHubV2Validator}},
	{"standardcapabilities", interfaces.Validators{validation.StandardCapabilitiesValidator}},
	{"standardcategories", interfaces.Validators{validation.StandardCategoriesValidator}},
	{"community", interfaces.Validators{validation.CommunityOperatorValidator}},
	{"good-practices", interfaces.Validators{validation.GoodPracticesValidator}},
	{"alpha-deprecated-apis", interfaces.Validators{validation.AlphaDeprecatedAPIsValidator}},
	{"object", interfaces.Validators{validation.ObjectValidator}},
	{"operatorgroup", interfaces.Validators{validation.OperatorGroupValidator}},
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bundlecheck FOLDER KUBERNETES_VERSION")
		os.Exit(2)
	}
	complaints := 0
	for _, s := range suites {
		// Some validators change the bundle they are given.
		bundle, err := manifests.GetBundleFromDir(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		objects := append(bundle.ObjectsToValidate(), map[string]string{"k8s-version": os.Args[2]})
		for _, result := range s.validators.Validate(objects...) {
			for _, e := range result.Errors {
				complaints++
				fmt.Printf("%s: error: %s: %s\n", s.name, result.Name, e.Error())
			}
			for _, w := range result.Warnings {
				complaints++
				fmt.Printf("%s: warning: %s: %s\n", s.name, result.Name, w.Error())
			}
		}
		fmt.Printf("%s: checked\n", s.name)
	}
	if complaints > 0 {
		fmt.Printf("%d complaints\n", complaints)
		os.Exit(1)
	}
}
