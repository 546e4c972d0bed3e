// A complete little integration with the Digital Skills Registry, in Go: integration [http://127.0.0.1:50051]
//
// It exits 0 only if everything went as it must, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand"
	"os"
	"strings"
	"time"

	v1 "digitalskills/v1"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	deadline     = 5 * time.Second // of a call with all its retries: a user who waits longer has gone away
	role         = "roles/example-go"
	organisation = "organisations/SAMPLENHS"
)

func must(held bool, what string, facts ...interface{}) {
	if !held {
		log.Fatalln(append([]interface{}{"not as it must be:", what}, facts...)...)
	}
}

// done is the answer of a call that must succeed.
func done[Answer any](answer Answer, err error) Answer {
	must(err == nil, "the call succeeds", err)
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

// call makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other
// code is an answer that trying again does not change, or may have been carried out.
func call[Request, Answer any](method func(context.Context, Request, ...grpc.CallOption) (Answer, error), request Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	giveUp, _ := ctx.Deadline()
	for backoff := 100 * time.Millisecond; ; backoff *= 2 {
		answer, err := method(ctx, request)
		wait := backoff
		if asked := detail[*errdetails.RetryInfo](err).GetRetryDelay().AsDuration(); asked > wait {
			wait = asked
		}
		// Without jitter, all the clients of a registry that restarts would come back at once.
		wait += time.Duration(rand.Int63n(int64(wait) / 2))
		if status.Code(err) != codes.Unavailable || time.Until(giveUp) <= wait {
			return answer, err
		}
		time.Sleep(wait)
	}
}

func listTitles(roles v1.RoleServiceClient) {
	request := &v1.ListRolesRequest{PageSize: 2, Filter: `family = "DATA" OR family = "CYBER"`, OrderBy: "title"}
	pages := 0
	// A page may be short, or even empty, and not be the last: only the token tells.
	for more := true; more; more = request.PageToken != "" {
		page := done(call(roles.ListRoles, request))
		pages++
		fmt.Printf("page %d:\n", pages)
		for _, role := range page.Roles {
			fmt.Printf("  %s\n", role.Title)
		}
		request.PageToken = page.NextPageToken
	}
	must(pages > 1, "the list has several pages")
}

func upsert(roles v1.RoleServiceClient) {
	// The request id is made once, outside of the retries: it is what makes them safe.
	request := &v1.UpdateRoleRequest{AllowMissing: true, RequestId: uuid.NewString(),
		Role: &v1.Role{Name: role, Title: "Example analyst (Go)", Family: "DATA"}}
	first, again := done(call(roles.UpdateRole, request)), done(call(roles.UpdateRole, request))
	must(again.Revision == first.Revision && again.Etag == first.Etag, "a request sent twice is done once")
	fmt.Printf("%s is at revision %d, and still when the request comes again\n", first.Name, first.Revision)
}

func importStaffing(staffing v1.StaffingServiceClient) {
	batch := &v1.ImportStaffingRequest{Parent: organisation}
	for i, fte := range []float64{1, 0.123456, 0.6} { // the second has more decimals than are kept
		id := fmt.Sprintf("example-go-%d", i+1)
		batch.Staffing = append(batch.Staffing, &v1.Staffing{Name: organisation + "/staffing/" + id, Subject: id,
			Role: role, Headcount: 1, Fte: fte, StartDate: "2026-04-01", Source: "example"})
	}
	told := done(call(sendTwice(staffing), batch))
	for i, verdict := range told {
		fmt.Printf("row %d: %s\n", i+1, verdict)
	}
	must(strings.Join(told[3:], ", ") == "UNCHANGED, REJECTED fte, UNCHANGED", "good rows are kept once")
	must(told[1] == "REJECTED fte" && !strings.Contains(told[0]+told[2], "REJECTED"), "only the bad row is rejected")
}

// sendTwice streams a batch twice, which shows that it can be, and reads what became of its rows.
func sendTwice(staffing v1.StaffingServiceClient) func(context.Context, *v1.ImportStaffingRequest, ...grpc.CallOption) ([]string, error) {
	return func(ctx context.Context, batch *v1.ImportStaffingRequest, options ...grpc.CallOption) (told []string, err error) {
		stream, err := staffing.ImportStaffing(ctx, options...)
		if err != nil {
			return nil, err
		}
		// Where the stream has ended early these fail without saying why: Recv says it.
		_, _, _ = stream.Send(batch), stream.Send(batch), stream.CloseSend()
		for answer, err := stream.Recv(); err != io.EOF; answer, err = stream.Recv() {
			if err != nil {
				return nil, err
			}
			for _, outcome := range answer.Outcomes {
				verdict := strings.TrimPrefix(outcome.Verdict.String(), "IMPORT_VERDICT_")
				for _, violation := range outcome.Error.GetViolations() {
					verdict += " " + violation.Field
				}
				told = append(told, verdict)
			}
		}
		return told, nil
	}
}

func handleErrors(roles v1.RoleServiceClient) {
	// Somebody else's change since we read would be undone: the registry refuses, we would read again.
	_, err := call(roles.UpdateRole, &v1.UpdateRoleRequest{Role: &v1.Role{Name: role, Etag: "stale", Title: "Undone"}})
	info := detail[*errdetails.ErrorInfo](err)
	must(status.Code(err) == codes.Aborted && info.GetReason() == "ETAG_MISMATCH", "a stale etag is found", err)
	fmt.Printf("ABORTED: %s by %s, about %s\n", info.Reason, info.Domain, info.Metadata["resource"])

	_, err = call(roles.CreateRole, &v1.CreateRoleRequest{Role: &v1.Role{Family: "no capitals", Seniority: 101}})
	violations := detail[*errdetails.BadRequest](err).GetFieldViolations()
	must(status.Code(err) == codes.InvalidArgument && len(violations) == 3, "every violation is told at once", err)
	for _, violation := range violations {
		fmt.Printf("INVALID_ARGUMENT: %s: %s\n", violation.Field, violation.Description)
	}
}

func cleanUp(roles v1.RoleServiceClient, staffing v1.StaffingServiceClient) {
	// What refers to the role goes first; AllowMissing, for an earlier run may have done some of it.
	for i := 1; i <= 3; i++ {
		name := fmt.Sprintf("%s/staffing/example-go-%d", organisation, i)
		done(call(staffing.DeleteStaffing, &v1.DeleteStaffingRequest{Name: name, AllowMissing: true}))
	}
	done(call(roles.DeleteRole, &v1.DeleteRoleRequest{Name: role, AllowMissing: true}))
	fmt.Println("cleaned up")
}

func main() {
	endpoint := append(os.Args[1:], os.Getenv("REGISTRY_ENDPOINT"))[0]
	if endpoint == "" {
		endpoint = "http://127.0.0.1:50051"
	}
	connection := done(grpc.Dial(strings.TrimPrefix(endpoint, "http://"), grpc.WithInsecure()))
	defer connection.Close()
	roles, staffing := v1.NewRoleServiceClient(connection), v1.NewStaffingServiceClient(connection)
	listTitles(roles)
	upsert(roles)
	importStaffing(staffing)
	handleErrors(roles)
	cleanUp(roles, staffing)
}
