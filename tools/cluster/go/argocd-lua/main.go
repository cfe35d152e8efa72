// Argo CD's way to judge an object, as a filter for tests: reads a Request from stdin, writes an array of Answers to stdout.
// The Lua is Argo CD's (gopher-lua), and so are the libraries a script from argocd-cm may use: package, base and table. No string, no os.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Request is a script and the objects it shall judge, each alone.
type Request struct {
	Script  string `json:"script"`
	Objects []any  `json:"objects"`
}

// Answer is the health of one object, or why the script failed.
type Answer struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

const mostTime = time.Second

func open(state *lua.LState) error {
	for name, library := range map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library), NRet: 0, Protect: true}, lua.LString(name)); err != nil {
			return fmt.Errorf("library %s: %w", name, err)
		}
	}
	return nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case float64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []any:
		list := state.NewTable()
		for _, item := range known {
			list.Append(toLua(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, item := range known {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

func judge(script string, object any) Answer {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	ctx, cancel := context.WithTimeout(context.Background(), mostTime)
	defer cancel()
	state.SetContext(ctx)
	if err := open(state); err != nil {
		return Answer{Error: err.Error()}
	}
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return Answer{Error: err.Error()}
	}
	health, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return Answer{Error: "the script returned a " + state.Get(-1).Type().String() + ", not a table"}
	}
	return Answer{Status: lua.LVAsString(health.RawGetString("status")), Message: lua.LVAsString(health.RawGetString("message"))}
}

func main() {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		fmt.Fprintln(os.Stderr, "request:", err)
		os.Exit(1)
	}
	answers := make([]Answer, 0, len(request.Objects))
	for _, object := range request.Objects {
		answers = append(answers, judge(request.Script, object))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, "answer:", err)
		os.Exit(1)
	}
}
