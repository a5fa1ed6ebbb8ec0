// Calls by the Go libraries kolo/xmlrpc (Telegraf, supervisord_exporter) and mattn/go-xmlrpc (node_exporter, Netdata).
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/kolo/xmlrpc"
	mattn "github.com/mattn/go-xmlrpc"
)

var statusOf = regexp.MustCompile(`\b[45]\d\d\b`)

func row(label string, text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "\n", `\n`)
	fmt.Printf("%s\t%s\n", label, text)
}

func showMap(label string, keys []string, get func(string) interface{}) {
	sort.Strings(keys)
	for _, key := range keys {
		show(label+"."+key, get(key))
	}
}

func show(label string, value interface{}) {
	switch v := value.(type) {
	case map[string]interface{}:
		keys := []string{}
		for key := range v {
			keys = append(keys, key)
		}
		showMap(label, keys, func(key string) interface{} { return v[key] })
	case mattn.Struct:
		keys := []string{}
		for key := range v {
			keys = append(keys, key)
		}
		showMap(label, keys, func(key string) interface{} { return v[key] })
	case []interface{}:
		showList(label, v)
	case mattn.Array:
		showList(label, v)
	default:
		row(label, fmt.Sprintf("%T %v", value, value))
	}
}

func showList(label string, items []interface{}) {
	row(label+".length", strconv.Itoa(len(items)))
	for index, item := range items {
		show(fmt.Sprintf("%s[%d]", label, index), item)
	}
}

func parse(word string) interface{} {
	kind, text, _ := strings.Cut(word, ":")
	switch kind {
	case "i":
		number, _ := strconv.Atoi(text)
		return number
	case "b":
		return text == "1"
	case "m":
		if len(os.Args) > 1 && os.Args[1] == "mattn" {
			calls := mattn.Array{}
			for _, name := range strings.Split(text, ",") {
				calls = append(calls, mattn.Struct{"methodName": name, "params": mattn.Array{}})
			}
			return calls
		}
		calls := []interface{}{}
		for _, name := range strings.Split(text, ",") {
			calls = append(calls, map[string]interface{}{"methodName": name, "params": []interface{}{}})
		}
		return calls
	}
	return text
}

func byKolo(url string) func(string, []interface{}) (interface{}, error) {
	client, err := xmlrpc.NewClient(url, nil)
	if err != nil {
		panic(err)
	}
	return func(method string, args []interface{}) (interface{}, error) {
		var value interface{}
		var params interface{}
		// None at all: the library then writes no <params>.
		if len(args) > 0 {
			params = args
		}
		err := client.Call(method, params, &value)
		return value, err
	}
}

func byMattn(url string) func(string, []interface{}) (interface{}, error) {
	client := mattn.NewClient(url)
	return func(method string, args []interface{}) (interface{}, error) {
		return client.Call(method, args...)
	}
}

func main() {
	mode, host, port, user, password := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	url := fmt.Sprintf("http://%s:%s@%s:%s/RPC2", user, password, host, port)
	call := byKolo(url)
	if mode == "mattn" {
		call = byMattn(url)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		args := []interface{}{}
		for _, word := range words[1:] {
			args = append(args, parse(word))
		}
		label := strings.Join(words, " ")
		value, err := call(words[0], args)
		var koloFault xmlrpc.FaultError
		switch {
		case errors.As(err, &koloFault):
			row(label, fmt.Sprintf("fault %d %s", koloFault.Code, koloFault.String))
		case err != nil:
			row(label, "error "+statusOf.FindString(err.Error()))
		default:
			show(label, value)
		}
	}
}
