//! Files of the worked example.

use calamine::{Data, Reader, Xlsx};
use quick_xml::events::Event;

use crate::planning::report::example::{made, worked};

use super::{section::sections, *};

fn html(report: &Report) -> String {
    String::from_utf8(render(report, Format::Html).unwrap().bytes).unwrap()
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = made(&worked());
    for format in [Format::Html, Format::Xlsx] {
        assert_eq!(render(&report, format).unwrap(), render(&report, format).unwrap());
    }
    assert_eq!(render(&report, Format::Html).unwrap().name, "p-2026-07-01.html");
}

/// Fails unless every element is closed, so that every parser reads the page in the same way.
fn assert_well_formed(page: &str) {
    let mut reader = quick_xml::Reader::from_str(page);
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                depth += 1;
                element.attributes().for_each(|attribute| drop(attribute.unwrap()));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

#[test]
fn the_page_is_well_formed_and_takes_text_as_text() {
    let mut sources = worked();
    let rude = "<script>alert(1)</script> & \"🩺\" ]]> {{ 7777 * 7 }}";
    sources.inputs.plan.title = rude.into();
    sources.inputs.roles[0].title = rude.into();
    sources.inputs.skills[0].title = format!("{rude}{}", "very-long-".repeat(19));
    sources.inputs.organisations[0].title = rude.into();
    sources.audit.organisations[0].title = rude.into();
    let page = html(&made(&sources));
    assert_well_formed(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("{{ 7777 * 7 }}") && !page.contains("54439"));
}

#[test]
fn the_page_loads_nothing_and_each_section_says_something() {
    let report = made(&worked());
    let page = html(&report);
    for word in ["src=", "url(", "@import", "javascript:", "http-equiv=\"refresh\"", "href=\"http"]
    {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for section in sections(&report) {
        assert!(!section.sentence.is_empty(), "{}", section.id);
        assert!(page.contains(&format!("href=\"#{}\"", section.id)));
        assert!(page.contains(&format!("<h2 id=\"{}\">", section.id)));
    }
}

#[test]
fn an_empty_plan_has_no_empty_picture() {
    let mut empty = worked();
    empty.inputs.targets.clear();
    let page = html(&made(&empty));
    assert_well_formed(&page);
    assert!(!page.contains("<svg"), "{page}");
    render(&made(&empty), Format::Xlsx).unwrap();
}

#[test]
fn text_in_a_spreadsheet_is_never_a_formula() {
    let mut sources = worked();
    sources.inputs.roles[0].title = "=HYPERLINK(\"https://evil.example\")".into();
    sources.inputs.skills[0].title = "+1".into();
    sources.inputs.skills[1].title = "@SUM(1)".into();
    let file = render(&made(&sources), Format::Xlsx).unwrap();
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(file.bytes)).unwrap();
    let roles = book.worksheet_range("Roles").unwrap();
    assert_eq!(
        roles.get((1, 0)),
        Some(&Data::String("=HYPERLINK(\"https://evil.example\")".into()))
    );
    let skills = book.worksheet_range("Skills").unwrap();
    assert_eq!(skills.get((1, 0)), Some(&Data::String("+1".into())));
    for sheet in book.sheet_names() {
        assert!(book.worksheet_formula(&sheet).unwrap().is_empty(), "{sheet} has a formula");
    }
}
