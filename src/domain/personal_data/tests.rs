use super::*;

#[test]
fn numbers_are_found_wherever_they_stand() {
    for text in [
        "QQ123456C",
        "qq-12-34-56-c",
        "p-QQ123456C",
        "QQ123456C-1",
        "QQ123456",
        "ESR/QQ123456C",
        "NI QQ 12 34 56 C, born 29/02/1980",
        "AB 123456 C",
        "QQ\u{a0}12\u{a0}34\u{a0}56",
    ] {
        assert_eq!(in_text(text), Some("a National Insurance number"), "{text}");
    }
    for text in ["9434765919", "943-476-5919", "p9434765919", "NHS 943 476 5919."] {
        assert_eq!(in_text(text), Some("an NHS number"), "{text}");
    }
}

#[test]
fn other_numbers_are_no_personal_data() {
    for text in [
        "p-000123",
        "AB1234567",
        "FY 2026-27",
        "HR 202601",
        "fy202627",
        "9434765918",
        "1234567890",
        "94347659190",
        "ab123456-0c1d-4e2f-8a3b-123456789012",
        "EN 301 549, 2021",
        "2026-03-31",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ] {
        assert_eq!(in_text(text), None, "{text}");
    }
}

#[test]
fn a_reference_holds_no_date_and_no_address() {
    for text in [
        "1980-02-29",
        "29/2/1980",
        "p1980-02-29",
        "1980_02_29",
        "29.02.80",
        "29-Feb-1980",
        "19800229",
        "29021980",
        "29feb80",
        "february-29-1980",
        "born:1980-02-29",
    ] {
        assert_eq!(in_reference(text), Some("a date"), "{text}");
    }
    for text in ["jo.bloggs@nhs.net", "cio@trust", "a@b.uk"] {
        assert_eq!(in_reference(text), Some("an e-mail address"), "{text}");
    }
    for text in [
        "p-000123",
        "3f1c9a7e",
        "nhs-staff-group:midwives",
        "10.2.3",
        "20198765",
        "30229999",
        "grp-01-02-03",
        "ward-2024-25-2",
        "team/4",
        "Jo-Bloggs",
    ] {
        assert_eq!(in_reference(text), None, "{text}");
    }
}

#[test]
fn a_uri_is_read_as_it_is_decoded() {
    for (uri, what) in [
        ("https://lms.example/c?nino=QQ123456C", "a National Insurance number"),
        ("https://lms.example/c?nino%3DQQ%20123456%20C", "a National Insurance number"),
        ("https://lms.example/9434765919/c", "an NHS number"),
        ("MAILTO:jo", "an e-mail address"),
        ("https://lms.example/c?user=jo%40nhs.net", "an e-mail address"),
    ] {
        assert_eq!(in_uri(uri), Some(what), "{uri}");
    }
    for uri in [
        "https://lms.example/@jo/1",
        "https://lms.example/a@1.2.3?on=2025-01-01",
        "https://lms.example/a@v2",
    ] {
        assert_eq!(in_uri(uri), None, "{uri}");
    }
}
