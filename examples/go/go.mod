module nhs.uk/digitalskills/example

go 1.19

require (
	github.com/google/uuid v0.0.0
	google.golang.org/genproto v0.0.0
	google.golang.org/grpc v0.0.0
	google.golang.org/protobuf v0.0.0
	nhs.uk/digitalskills v0.0.0
)

require (
	github.com/golang/protobuf v0.0.0 // indirect
	golang.org/x/net v0.0.0 // indirect
	golang.org/x/sys v0.0.0 // indirect
	golang.org/x/text v0.0.0 // indirect
)

// The generated client.
replace nhs.uk/digitalskills => ../../target/examples/go/digitalskills

// The libraries as Debian packages them. With a module proxy, delete these and run `go mod tidy`.
replace (
	github.com/golang/protobuf => ../../target/examples/go/debian/github.com/golang/protobuf
	github.com/google/uuid => ../../target/examples/go/debian/github.com/google/uuid
	golang.org/x/net => ../../target/examples/go/debian/golang.org/x/net
	golang.org/x/sys => ../../target/examples/go/debian/golang.org/x/sys
	golang.org/x/text => ../../target/examples/go/debian/golang.org/x/text
	google.golang.org/genproto => ../../target/examples/go/debian/google.golang.org/genproto
	google.golang.org/grpc => ../../target/examples/go/debian/google.golang.org/grpc
	google.golang.org/protobuf => ../../target/examples/go/debian/google.golang.org/protobuf
)
