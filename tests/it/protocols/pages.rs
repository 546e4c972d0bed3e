//! Pages for people, on the same port: the reference, and the OpenAPI document.

use digital_skills_registry::{api::DESCRIPTORS, server::docs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{both, harness::Server};

const PACKAGE: &str = "digitalskills.v1";

/// Asks for a page as an old browser does, and gives its status, its headers and its text.
async fn ask(server: &Server, method: &str, path: &str, header: &str) -> (u16, String, String) {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let status = status.strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap();
    (status, headers.to_lowercase(), text.to_owned())
}

fn header<'a>(headers: &'a str, name: &str) -> &'a str {
    let mut lines = headers.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| *key == name).unwrap_or_else(|| panic!("{name}: {headers}")).1
}

both!(the_openapi_document_is_served_over_http_1);
async fn the_openapi_document_is_served_over_http_1(server: &Server) {
    let (status, headers, text) = ask(server, "GET", "/openapi.json", "").await;
    assert_eq!((status, text), (200, docs::openapi().unwrap()));
    assert_eq!(header(&headers, "content-type"), "application/json");
    let etag = header(&headers, "etag");
    for known in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}")] {
        let known = format!("If-None-Match: {known}\r\n");
        let (status, _, text) = ask(server, "GET", "/openapi.json", &known).await;
        assert_eq!((status, text.as_str()), (304, ""), "{known}");
    }
    let (status, _, _) = ask(server, "GET", "/openapi.json", "If-None-Match: \"other\"\r\n").await;
    assert_eq!(status, 200);
}

both!(the_reference_tells_everything_and_loads_nothing);
async fn the_reference_tells_everything_and_loads_nothing(server: &Server) {
    let (status, headers, page) = ask(server, "GET", "/docs", "").await;
    assert_eq!((status, header(&headers, "content-type")), (200, "text/html; charset=utf-8"));
    let policy = header(&headers, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for outside in ["<script", "http://", "https://", "@import", "url(", "<img", "<link", " style="]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    let has = |anchor: &str| page.contains(&format!("id=\"{anchor}\""));
    for service in DESCRIPTORS.services() {
        assert!(has(service.name()), "{}", service.full_name());
        for method in service.methods() {
            assert!(
                has(&format!("{}.{}", service.name(), method.name())),
                "{}",
                method.full_name()
            );
        }
    }
    let within = |name: &str| name.strip_prefix(PACKAGE).unwrap()[1..].to_owned();
    for message in DESCRIPTORS.all_messages().filter(|message| message.package_name() == PACKAGE) {
        assert!(
            message.is_map_entry() || has(&within(message.full_name())),
            "{}",
            message.full_name()
        );
    }
    for of in DESCRIPTORS.all_enums().filter(|of| of.package_name() == PACKAGE) {
        assert!(has(&within(of.full_name())), "{}", of.full_name());
        assert!(of.values().all(|value| page.contains(value.name())), "{}", of.full_name());
    }
    for link in page.split("href=\"#").skip(1) {
        let anchor = link.split('"').next().unwrap();
        assert!(has(anchor), "nothing is at {anchor}");
    }
    assert!(page.contains("<b>both ways stream</b>") && page.contains("<b>answers stream</b>"));
}

both!(what_is_no_page_is_not_found);
async fn what_is_no_page_is_not_found(server: &Server) {
    let (status, headers, _) = ask(server, "GET", "/", "").await;
    assert_eq!((status, header(&headers, "location")), (307, "/docs"));
    assert_eq!(ask(server, "GET", "/nothing", "").await.0, 404);
    assert_eq!(ask(server, "POST", "/docs", "Content-Length: 0\r\n").await.0, 404);
    let (status, headers, text) = ask(server, "HEAD", "/docs", "").await;
    assert_eq!((status, text.as_str()), (200, ""));
    assert_ne!(header(&headers, "content-length"), "0");
    // A method that there is not is told as one.
    let (status, _, text) =
        ask(server, "POST", "/no.Service/Method", "Content-Length: 0\r\n").await;
    assert_eq!((status, text.contains("\"unimplemented\"")), (404, true), "{text}");
}
