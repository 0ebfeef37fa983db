// Google's own in-memory Pub/Sub for the tests: prints its address, runs until its standard input ends.
package main

import (
	"fmt"
	"io"
	"io/ioutil"
	"os"

	"cloud.google.com/go/pubsub/pstest"
)

func main() {
	server := pstest.NewServer()
	fmt.Println(server.Addr)
	io.Copy(ioutil.Discard, os.Stdin)
	server.Close()
}
