// A complete little integration with the Digital Skills Registry, in Go: integration [http://127.0.0.1:50051]
//
// It exits 0 only if it got through all of it, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	v1 "nhs.uk/digitalskills/v1"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	role         = "roles/example-go"
	organisation = "organisations/SAMPLENHS"
)

// policy is what the connection does by itself for every call: it waits for a registry that is away, tries again
// what is UNAVAILABLE, with backoff and jitter, from a second on, which is what the registry's RetryInfo asks, and
// gives up at the deadline of the call with all its tries: a user who waits longer has gone away. Every other code
// is an answer that trying again does not change, or may have been carried out.
const policy = `{"methodConfig": [{
	"name": [{}],
	"timeout": "5s",
	"waitForReady": true,
	"retryPolicy": {"maxAttempts": 5, "initialBackoff": "1s", "maxBackoff": "2s", "backoffMultiplier": 1.5,
		"retryableStatusCodes": ["UNAVAILABLE"]}
}]}`

func must(held bool, what string, err error) {
	if !held {
		log.Fatalln("not as it must be:", what, err)
	}
}

// done is the answer of a call that must succeed.
func done[Answer any](answer Answer, err error) Answer {
	must(err == nil, "the call succeeds:", err)
	return answer
}

// detail is the detail of a failure that is of this kind, or nil: programs read these, never the message.
func detail[Kind any](err error) (found Kind) {
	for _, packed := range status.Convert(err).Details() {
		if kind, ok := packed.(Kind); ok {
			return kind
		}
	}
	return
}

func listTitles(ctx context.Context, roles v1.RoleServiceClient) {
	request := &v1.ListRolesRequest{PageSize: 2, Filter: `family = "DATA" OR family = "CYBER"`, OrderBy: "title"}
	pages := 0
	// A page may be short, or even empty, and not be the last: only the token tells.
	for more := true; more; more = request.PageToken != "" {
		page := done(roles.ListRoles(ctx, request))
		pages++
		fmt.Printf("page %d:\n", pages)
		for _, role := range page.Roles {
			fmt.Printf("  %s\n", role.Title)
		}
		request.PageToken = page.NextPageToken
	}
}

func upsert(ctx context.Context, roles v1.RoleServiceClient) {
	// The request id is the same for every try: it is what makes them safe.
	request := &v1.UpdateRoleRequest{AllowMissing: true, RequestId: uuid.NewString(),
		Role: &v1.Role{Name: role, Title: "Example analyst (Go)", Family: "DATA"}}
	first := done(roles.UpdateRole(ctx, request))
	again := done(roles.UpdateRole(ctx, request))
	must(again.Revision == first.Revision && again.Etag == first.Etag, "a request sent twice is done once", nil)
	fmt.Printf("%s is at revision %d, and still when the request comes again\n", first.Name, first.Revision)
}

func importStaffing(ctx context.Context, staffing v1.StaffingServiceClient) {
	batch := &v1.ImportStaffingRequest{Parent: organisation}
	for i, fte := range []float64{1, 0.123456, 0.6} { // the second has more decimals than are kept
		id := fmt.Sprintf("example-go-%d", i+1)
		batch.Staffing = append(batch.Staffing, &v1.Staffing{Name: organisation + "/staffing/" + id, Subject: id,
			Role: role, Headcount: proto.Int32(1), Fte: proto.Float64(fte), StartDate: "2026-04-01", Source: "example"})
	}
	stream := done(staffing.ImportStaffing(ctx))
	// Twice, which shows that a batch can be. Where the stream has ended early these fail without saying why: Recv
	// says it. Once it has begun to answer it is not tried again: import again then, what is kept stays as it is.
	_ = stream.Send(batch)
	_ = stream.Send(batch)
	_ = stream.CloseSend()
	for answer, err := stream.Recv(); err != io.EOF; answer, err = stream.Recv() {
		for _, outcome := range done(answer, err).Outcomes {
			status := strings.TrimPrefix(outcome.Status.String(), "IMPORT_STATUS_")
			for _, violation := range outcome.Error.GetViolations() {
				status += " " + violation.Field
			}
			fmt.Printf("row %d: %s\n", outcome.Row, status)
		}
	}
}

func handleErrors(ctx context.Context, roles v1.RoleServiceClient) {
	// Somebody else's change since we read would be undone: the registry refuses, we would read again.
	_, err := roles.UpdateRole(ctx, &v1.UpdateRoleRequest{Role: &v1.Role{Name: role, Etag: "stale"}})
	info := detail[*errdetails.ErrorInfo](err)
	must(status.Code(err) == codes.Aborted && info.GetReason() == "ETAG_MISMATCH", "a stale etag is found", err)
	fmt.Printf("ABORTED: %s by %s, about %s\n", info.Reason, info.Domain, info.Metadata["resource"])

	invalid := &v1.Role{Family: "no capitals", Seniority: proto.Int32(101)}
	_, err = roles.CreateRole(ctx, &v1.CreateRoleRequest{Role: invalid})
	must(status.Code(err) == codes.InvalidArgument, "an invalid role is refused", err)
	for _, violation := range detail[*errdetails.BadRequest](err).GetFieldViolations() {
		fmt.Printf("INVALID_ARGUMENT: %s: %s\n", violation.Field, violation.Description)
	}
}

func cleanUp(ctx context.Context, roles v1.RoleServiceClient, staffing v1.StaffingServiceClient) {
	// What refers to the role goes first; AllowMissing, for an earlier try may have done it.
	for i := 1; i <= 3; i++ {
		name := fmt.Sprintf("%s/staffing/example-go-%d", organisation, i)
		done(staffing.DeleteStaffing(ctx, &v1.DeleteStaffingRequest{Name: name, AllowMissing: true}))
	}
	done(roles.DeleteRole(ctx, &v1.DeleteRoleRequest{Name: role, AllowMissing: true}))
	fmt.Println("cleaned up")
}

func main() {
	endpoint := append(os.Args, "http://127.0.0.1:50051")[1]
	connection := done(grpc.Dial(strings.TrimPrefix(endpoint, "http://"), grpc.WithInsecure(),
		grpc.WithDefaultServiceConfig(policy)))
	defer connection.Close()
	ctx := context.Background()
	roles, staffing := v1.NewRoleServiceClient(connection), v1.NewStaffingServiceClient(connection)
	listTitles(ctx, roles)
	upsert(ctx, roles)
	importStaffing(ctx, staffing)
	handleErrors(ctx, roles)
	cleanUp(ctx, roles, staffing)
}
