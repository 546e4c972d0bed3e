//! Calls that are answered: in JSON and in binary, by POST and by GET, compressed and not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use digital_skills_registry::api::v1::*;
use prost::Message;
use serde_json::json;

use super::{CREATE, GET, role};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
    protocols::{BOTH, Http, detail, error, full, gunzip, gzip},
};

/// Creates so many roles that a list of them is worth compressing.
async fn many(server: &Server) {
    for i in 0..40 {
        let row = Role { description: "describes ".repeat(20), ..role("many") };
        Role::create(&server.channel, "", &format!("many-{i}"), Some(row)).await.unwrap();
    }
}

both!(json_creates_reads_updates_and_lists);
async fn json_creates_reads_updates_and_lists(server: &Server) {
    for (http, id) in BOTH.into_iter().zip(["one", "two"]) {
        let name = format!("roles/{id}");
        let made = http.ok(server, CREATE, json!({
            "roleId": id, "role": {"title": "Analyst", "afcBandFrom": "AFC_BAND_8A", "afcBandTo": "AFC_BAND_8B"},
        })).await;
        assert_eq!(made["name"], *name);
        assert_eq!(made["afcBandFrom"], "AFC_BAND_8A");
        // A number of 64 bits is text, and what is empty is left out.
        assert_eq!(made["revision"], server.revision().await.to_string());
        assert!(made.get("description").is_none());
        assert_eq!(http.ok(server, GET, json!({"name": name})).await, made);
        // Names as in the proto are understood, and a mask is text.
        let updated = http.ok(server, "RoleService/UpdateRole", json!({
            "role": {"name": name, "title": "Nurse", "etag": made["etag"]}, "update_mask": "title",
        })).await;
        assert_eq!(updated["title"], "Nurse");
        assert_eq!(updated["createTime"], made["createTime"]);
        let list = http.ok(server, "RoleService/ListRoles", json!({})).await;
        assert_eq!(list["roles"].as_array().unwrap().last(), Some(&updated));
        let gone = http
            .ok(server, "RoleService/DeleteRole", json!({"name": name, "allowMissing": true}))
            .await;
        assert_eq!(gone, json!({}));
    }
}

both!(a_mask_is_taken_in_camel_case_and_as_the_contract_writes_it);
async fn a_mask_is_taken_in_camel_case_and_as_the_contract_writes_it(server: &Server) {
    let http = Http::Two;
    http.ok(server, CREATE, json!({"roleId": "a", "role": {"title": "a"}})).await;
    for (mask, band) in [
        ("afc_band_from,afc_band_to", "AFC_BAND_6"),
        ("afcBandFrom,afcBandTo", "AFC_BAND_7"),
        ("afcBandFrom,afc_band_to", "AFC_BAND_8A"),
    ] {
        let role = json!({"name": "roles/a", "afcBandFrom": band, "afcBandTo": band});
        let update = json!({"role": role, "updateMask": mask});
        let updated = http.ok(server, "RoleService/UpdateRole", update.clone()).await;
        assert_eq!((&updated["afcBandTo"], &updated["title"]), (&band.into(), &"a".into()));
        let batch = json!({"requests": [update]});
        let updated = http.ok(server, "RoleService/BatchUpdateRoles", batch).await;
        assert_eq!(updated["roles"][0]["afcBandFrom"], band);
    }
    let list = json!({"readMask": "afc_band_from"});
    let list = http.ok(server, "RoleService/ListRoles", list).await;
    assert_eq!(list["roles"][0], json!({"name": "roles/a", "afcBandFrom": "AFC_BAND_8A"}));
    for mask in ["title,nothing", "title,no_thing", "title,noThing", "title,no_1", "title,_"] {
        let update = json!({"role": {"name": "roles/a", "title": "b"}, "updateMask": mask});
        let (_, _, body) = error(http.json(server, "RoleService/UpdateRole", &update).await).await;
        let details = detail(&body, "BadRequest");
        assert_eq!(details["fieldViolations"][0]["field"], "update_mask.paths[1]", "{mask}");
        assert_eq!(details["fieldViolations"][0]["reason"], "UNKNOWN_FIELD", "{mask}");
    }
}

both!(a_zero_in_json_sets_zero_and_every_answer_has_it);
async fn a_zero_in_json_sets_zero_and_every_answer_has_it(server: &Server) {
    let http = Http::Two;
    let role = json!({"roleId": "r", "role": {"title": "Analyst", "seniority": 2}});
    let name = http.ok(server, CREATE, role).await["name"].clone();
    for (sent, seniority) in [
        (json!({"name": name, "title": "Senior"}), 2),
        (json!({"name": name, "seniority": 0}), 0),
        (json!({"name": name, "seniority": 3}), 3),
        // A null in JSON means that the field is not set.
        (json!({"name": name, "title": "Nurse", "seniority": null}), 3),
    ] {
        http.ok(server, "RoleService/UpdateRole", json!({"role": sent})).await;
        let found = http.ok(server, GET, json!({"name": name})).await;
        assert_eq!(found["seniority"], seniority, "{sent}");
    }
}

both!(binary_messages_are_answered_in_binary);
async fn binary_messages_are_answered_in_binary(server: &Server) {
    let made = Role::create(&server.channel, "", "r", Some(role("r"))).await.unwrap();
    for http in BOTH {
        let body = GetRoleRequest { name: made.name.clone(), ..Default::default() }.encode_to_vec();
        let answer = http.post(server, GET).header("content-type", "application/proto").body(body);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/proto");
        assert_eq!(Role::decode(answer.bytes().await.unwrap()).unwrap(), made);
        // No bytes are a message with nothing in it; an error is JSON all the same.
        let answer = http
            .post(server, GET)
            .header("content-type", "application/proto")
            .send()
            .await
            .unwrap();
        assert_eq!(error(answer).await.1, "invalid_argument");
        let answer =
            http.post(server, GET).header("content-type", "application/proto").body("\u{7f}");
        let (status, code, body) = error(answer.send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (400, "invalid_argument"));
        assert_eq!(detail(&body, "ErrorInfo")["reason"], "MESSAGE_UNDECODABLE");
    }
}

both!(methods_that_only_read_are_called_by_get);
async fn methods_that_only_read_are_called_by_get(server: &Server) {
    let made = Role::create(&server.channel, "", "r", Some(role("r"))).await.unwrap();
    let asked = GetRoleRequest { name: made.name.clone(), ..Default::default() };
    let binary = URL_SAFE_NO_PAD.encode(asked.encode_to_vec());
    for http in BOTH {
        let get = async |method: &str, query: &[(&str, &str)]| {
            let url = format!("http://{}/{}", server.address, full(method));
            let url = url::Url::parse_with_params(&url, query).unwrap();
            http.client().get(url).send().await.unwrap()
        };
        let json = [("connect", "v1"), ("encoding", "json"), ("message", r#"{"name": "roles/r"}"#)];
        let answer = get(GET, &json).await;
        assert_eq!(answer.headers()["content-type"], "application/json");
        // Nobody on the way keeps what changes.
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer, http.ok(server, GET, json!({"name": "roles/r"})).await);
        let answer =
            get(GET, &[("encoding", "proto"), ("base64", "1"), ("message", &binary)]).await;
        assert_eq!(Role::decode(answer.bytes().await.unwrap()).unwrap(), made);
        for (query, status) in [
            (&[("encoding", "proto"), ("base64", "1"), ("message", "?")][..], 400),
            (&[("encoding", "proto")], 400),
            (&[("encoding", "json"), ("message", "{}"), ("connect", "v2")], 400),
            (&[("encoding", "json"), ("message", "{}"), ("compression", "br")], 501),
            (&[("message", "{}")], 415),
            (&[("encoding", "text"), ("message", "{}")], 415),
        ] {
            assert_eq!(
                error(get("RoleService/ListRoles", query).await).await.0,
                status,
                "{query:?}"
            );
        }
    }
}

both!(a_message_is_compressed_where_both_sides_can);
async fn a_message_is_compressed_where_both_sides_can(server: &Server) {
    many(server).await;
    for http in BOTH {
        let list = async |accept: &str| {
            let asked = http.post(server, "RoleService/ListRoles").json(&json!({}));
            asked.header("accept-encoding", accept).send().await.unwrap()
        };
        let plain = list("identity").await;
        assert!(plain.headers().get("content-encoding").is_none());
        let plain = plain.bytes().await.unwrap();
        let zipped = list("gzip").await;
        assert_eq!(zipped.headers()["content-encoding"], "gzip");
        let zipped = zipped.bytes().await.unwrap();
        assert!(zipped.len() * 4 < plain.len(), "{} of {}", zipped.len(), plain.len());
        assert_eq!(gunzip(&zipped), plain);
        let zstd = list("gzip, zstd").await;
        assert_eq!(zstd.headers()["content-encoding"], "zstd");
        assert_eq!(zstd::decode_all(&zstd.bytes().await.unwrap()[..]).unwrap(), plain);

        let small = json!({"name": "roles/many-1"}).to_string();
        for (encoding, body) in [
            ("gzip", gzip(small.as_bytes())),
            ("zstd", zstd::encode_all(small.as_bytes(), 3).unwrap()),
        ] {
            let asked = http.post(server, GET).header("content-type", "application/json");
            let asked =
                asked.header("content-encoding", encoding).header("accept-encoding", "gzip");
            let answer = asked.body(body).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{encoding}");
            assert!(answer.headers().get("content-encoding").is_none());
        }
    }
}

both!(health_is_told_as_json);
async fn health_is_told_as_json(server: &Server) {
    for http in BOTH {
        let health = http.ok(server, "grpc.health.v1.Health/Check", json!({})).await;
        assert_eq!(health, json!({"status": "SERVING"}));
    }
    let none =
        Http::One.json(server, "grpc.health.v1.Health/Check", &json!({"service": "none"})).await;
    // An error without details has what the service gave.
    let (status, code, body) = error(none).await;
    assert_eq!((status, code.as_str()), (404, "not_found"));
    assert!(body.get("details").is_none());
}
