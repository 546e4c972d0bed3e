//! Calls that are refused: each with its code, its details, and what would be right.

use digital_skills_registry::api::v1::Role;
use serde_json::json;

use super::{CREATE, GET, role};
use crate::{
    both,
    harness::{Server, fixture::Fixture, world::World},
    protocols::{BOTH, Http, detail, error, full, gzip},
};

both!(an_error_has_its_code_and_details);
async fn an_error_has_its_code_and_details(server: &Server) {
    let world = World::create(server).await;
    let http = Http::Two;
    for (method, body, status, code, reason) in [
        (GET, json!({"name": "roles/none"}), 404, "not_found", "RESOURCE_NOT_FOUND"),
        (
            CREATE,
            json!({"roleId": "world-nurse", "role": {"title": "x"}}),
            409,
            "already_exists",
            "NAME_TAKEN",
        ),
        (CREATE, json!({"role": {"seniority": -1}}), 400, "invalid_argument", "INVALID_FIELDS"),
        (
            "RoleService/DeleteRole",
            json!({"name": world.role, "etag": "0"}),
            409,
            "aborted",
            "ETAG_MISMATCH",
        ),
        (
            "OrganisationService/DeleteOrganisation",
            json!({"name": world.board}),
            400,
            "failed_precondition",
            "RESOURCE_IN_USE",
        ),
    ] {
        let (given, name, body) = error(http.json(server, method, &body).await).await;
        assert_eq!((given, name.as_str()), (status, code), "{body}");
        let info = detail(&body, "ErrorInfo");
        assert_eq!(
            (&info["reason"], &info["domain"]),
            (&reason.into(), &"digitalskills.v1".into())
        );
        match code {
            "invalid_argument" => {
                let fields = detail(&body, "BadRequest")["fieldViolations"].as_array().unwrap();
                let fields: Vec<_> = fields.iter().map(|violation| &violation["field"]).collect();
                assert_eq!(fields, ["role.title", "role.seniority"]);
            }
            "failed_precondition" => {
                assert_eq!(
                    detail(&body, "PreconditionFailure")["violations"][0]["type"],
                    "RESOURCE_IN_USE"
                );
            }
            "not_found" => assert_eq!(detail(&body, "ResourceInfo")["resourceName"], "roles/none"),
            _ => {}
        }
        // Bytes for programs, without padding.
        let value = body["details"][0]["value"].as_str().unwrap();
        assert!(!value.is_empty() && !value.contains('='));
    }
}

both!(json_that_cannot_be_read_says_what_is_wrong);
async fn json_that_cannot_be_read_says_what_is_wrong(server: &Server) {
    for http in BOTH {
        for (body, says) in [
            (r#"{"role": {"titel": "x"}}"#, "unrecognized field name 'titel'"),
            (r#"{"role": {"title": 7}}"#, "line 1"),
            (r#"{"role": {"afcBandFrom": "AFC_BAND_0"}}"#, "AFC_BAND_0"),
            (r#"{"roleId": "a"} {"#, "trailing characters"),
            (r#"{"roleId": "#, "EOF"),
            ("[]", "line 1"),
            ("", "EOF"),
        ] {
            let answer =
                http.post(server, CREATE).header("content-type", "application/json").body(body);
            let (status, code, body) = error(answer.send().await.unwrap()).await;
            assert_eq!((status, code.as_str()), (400, "invalid_argument"), "{body}");
            assert_eq!(detail(&body, "ErrorInfo")["reason"], "MESSAGE_UNDECODABLE");
            assert!(body["message"].as_str().unwrap().contains(says), "{body}");
        }
        let answer = http
            .post(server, CREATE)
            .header("content-type", "application/json")
            .body(b"{\"roleId\": \"\xff\"}".to_vec());
        assert_eq!(error(answer.send().await.unwrap()).await.0, 400);
        // What a caller gave is told back in so far as it is worth it.
        let answer = http.json(server, CREATE, &json!({"x".repeat(10_000): 1})).await;
        assert!(error(answer).await.2["message"].as_str().unwrap().len() < 1_024);
    }
    assert_eq!(server.revision().await, 0);
}

both!(what_is_no_call_is_told_so_by_http);
async fn what_is_no_call_is_told_so_by_http(server: &Server) {
    for http in BOTH {
        let client = http.client();
        let url = |path: &str| format!("http://{}/{path}", server.address);
        for method in [reqwest::Method::GET, reqwest::Method::PUT, reqwest::Method::OPTIONS] {
            let answer = client.request(method, url(&full(CREATE))).send().await.unwrap();
            assert_eq!(answer.headers()["allow"], "POST");
            assert_eq!(error(answer).await.0, 405);
        }
        for method in [reqwest::Method::PUT, reqwest::Method::OPTIONS] {
            let answer = client.request(method, url(&full(GET))).send().await.unwrap();
            assert_eq!(answer.headers()["allow"], "GET, POST");
            assert_eq!(error(answer).await.0, 405);
        }
        for path in ["", "made/up", "digitalskills.v1.RoleService/Nothing"] {
            let answer = client.post(url(path)).json(&json!({})).send().await.unwrap();
            let (status, code, _) = error(answer).await;
            assert_eq!((status, code.as_str()), (404, "unimplemented"));
        }
        for (method, content_type, takes) in [
            (GET, "text/plain", "application/json, application/proto"),
            (GET, "application/json; charset=latin1", "application/json, application/proto"),
            (GET, "application/connect+json", "application/json, application/proto"),
            (
                "GapService/StreamGaps",
                "application/json",
                "application/connect+json, application/connect+proto",
            ),
        ] {
            let answer = http.post(server, method).header("content-type", content_type).body("{}");
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.headers()["accept-post"], takes);
            assert_eq!(error(answer).await.0, 415, "{content_type}");
        }
    }
}

both!(headers_of_the_protocol_are_kept_to);
async fn headers_of_the_protocol_are_kept_to(server: &Server) {
    Role::create(&server.channel, "", "r", Some(role("r"))).await.unwrap();
    let call = async |name: &str, value: &str| {
        let asked = Http::One.post(server, GET).json(&json!({"name": "roles/r"}));
        asked.header(name, value).send().await.unwrap()
    };
    for (name, value) in
        [("connect-protocol-version", "1"), ("connect-timeout-ms", "20000"), ("grpc-timeout", "1n")]
    {
        assert_eq!(call(name, value).await.status(), 200, "{name}");
    }
    for (name, value, code) in [
        ("connect-protocol-version", "2", "invalid_argument"),
        ("connect-timeout-ms", "1s", "invalid_argument"),
        ("content-encoding", "br", "unimplemented"),
        ("registry-caller", "two words", "invalid_argument"),
    ] {
        let answer = call(name, value).await;
        assert_eq!(answer.headers()["accept-encoding"], "gzip, zstd");
        assert_eq!(error(answer).await.1, code, "{name}");
    }
    let answer =
        Http::One.post(server, GET).header("content-type", "Application/JSON;charset=UTF-8");
    assert_eq!(answer.body(r#"{"name": "roles/r"}"#).send().await.unwrap().status(), 200);
}

both!(a_message_of_more_than_four_mebibytes_is_refused);
async fn a_message_of_more_than_four_mebibytes_is_refused(server: &Server) {
    let large = json!({"role": {"description": "x".repeat(5 << 20)}}).to_string();
    for http in BOTH {
        for (encoding, body) in
            [("identity", large.clone().into_bytes()), ("gzip", gzip(large.as_bytes()))]
        {
            let asked = http.post(server, CREATE).header("content-type", "application/json");
            let answer =
                asked.header("content-encoding", encoding).body(body).send().await.unwrap();
            let (status, code, body) = error(answer).await;
            assert_eq!((status, code.as_str()), (429, "resource_exhausted"), "{encoding}");
            assert_eq!(detail(&body, "ErrorInfo")["reason"], "MESSAGE_TOO_LARGE");
        }
    }
}

both!(a_call_that_runs_out_of_time_ends_although_it_is_not_sent_yet);
async fn a_call_that_runs_out_of_time_ends_although_it_is_not_sent_yet(server: &Server) {
    for http in BOTH {
        let never = tokio_stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let asked = http.post(server, GET).header("content-type", "application/json");
        let asked = asked.header("connect-timeout-ms", "50");
        let answer = asked.body(reqwest::Body::wrap_stream(never)).send().await.unwrap();
        let (status, code, body) = error(answer).await;
        assert_eq!((status, code.as_str()), (504, "deadline_exceeded"));
        assert_eq!(detail(&body, "ErrorInfo")["reason"], "DEADLINE_EXCEEDED");
    }
}
