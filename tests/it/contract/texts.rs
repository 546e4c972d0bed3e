//! Texts of any resource type: what cannot be seen, what reads as another text, and what is personal.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Failure, Server,
        client::{Batch, mask},
        example::transition,
        failure,
        fixture::Fixture,
        samples::Samples,
        world::World,
    },
};

fn invalid<T: std::fmt::Debug>(result: Result<T, Status>) -> Failure {
    failure(result, Code::InvalidArgument)
}

both!(a_title_shows_something_on_one_line);
async fn a_title_shows_something_on_one_line(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    for (title, reason) in [
        ("\u{200b}", "REQUIRED"),
        ("\u{3164}\u{feff} ", "REQUIRED"),
        ("\u{202e}evil", "MALFORMED"),
        ("a\u{2066}b", "MALFORMED"),
        ("para\u{2028}sep", "MALFORMED"),
        ("para\u{2029}sep", "MALFORMED"),
        ("two\nlines", "MALFORMED"),
    ] {
        let title = || title.to_owned();
        let level = FrameworkLevel { title: title(), ..FrameworkLevel::default() };
        let framework = Framework { title: title(), levels: vec![level], ..Framework::default() };
        let refused = invalid(Framework::create(channel, "", "a", Some(framework)).await);
        assert!(refused.violates("framework.title", reason), "{refused:?}");
        assert!(refused.violates("framework.levels[0].title", reason), "{refused:?}");
        let skill = Skill { title: title(), alternative_labels: vec![title()], ..Skill::default() };
        let refused = invalid(Skill::create(channel, &world.framework, "a", Some(skill)).await);
        assert!(refused.violates("skill.title", reason), "{refused:?}");
        assert!(refused.violates("skill.alternative_labels[0]", reason), "{refused:?}");
        let organisation = Organisation { title: title(), ..Organisation::nth(&world, 1) };
        let refused = invalid(Organisation::create(channel, "", "AAA", Some(organisation)).await);
        assert!(refused.violates("organisation.title", reason), "{refused:?}");
        let role = Role { title: title(), ..Role::nth(&world, 1) };
        let refused = invalid(Role::create(channel, "", "a", Some(role)).await);
        assert!(refused.violates("role.title", reason), "{refused:?}");
        let plan = Plan { title: title(), ..Plan::nth(&world, 1) };
        let refused = invalid(Plan::create(channel, "", "a", Some(plan)).await);
        assert!(refused.violates("plan.title", reason), "{refused:?}");
        let option = ClosureOption { title: title(), ..ClosureOption::nth(&world, 1) };
        let refused = invalid(ClosureOption::create(channel, "", "a", Some(option)).await);
        assert!(refused.violates("closure_option.title", reason), "{refused:?}");
    }
    let role =
        Role { title: "Ärztin \u{5d0}\u{200f} 👩\u{200d}⚕\u{fe0f}".into(), ..Role::default() };
    Role::create(channel, "", "seen", Some(role)).await.unwrap();
}

both!(texts_beside_the_title_do_not_turn_around_either);
async fn texts_beside_the_title_do_not_turn_around_either(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    for text in ["\u{202e}evil", "para\u{2028}sep", "\u{200b}"] {
        let text = || text.to_owned();
        let role =
            Role { group: text(), codes: vec![format!("esr:{}", text())], ..Role::nth(&world, 1) };
        let refused = invalid(Role::create(channel, "", "a", Some(role)).await);
        assert!(refused.violates("role.group", "MALFORMED"), "{refused:?}");
        assert!(refused.violates("role.codes[0]", "MALFORMED"), "{refused:?}");
        let framework = Framework {
            version: text(),
            publisher: text(),
            licence: text(),
            ..Framework::nth(&world, 1)
        };
        let refused = invalid(Framework::create(channel, "", "a", Some(framework)).await);
        for field in ["version", "publisher", "licence"] {
            assert!(refused.violates(&format!("framework.{field}"), "MALFORMED"), "{refused:?}");
        }
        let staffing = Staffing { source: text(), ..Staffing::nth(&world, 1) };
        let refused = invalid(Staffing::create(channel, &world.trust, "a", Some(staffing)).await);
        assert!(refused.violates("staffing.source", "MALFORMED"), "{refused:?}");
        let movement = Movement { source: text(), ..Movement::nth(&world, 1) };
        let refused = invalid(Movement::create(channel, &world.trust, "a", Some(movement)).await);
        assert!(refused.violates("movement.source", "MALFORMED"), "{refused:?}");
        let skill = Skill { category: text(), ..Skill::nth(&world, 1) };
        let refused = invalid(Skill::create(channel, &world.framework, "a", Some(skill)).await);
        assert!(refused.violates("skill.category", "MALFORMED"), "{refused:?}");
    }
    let gap =
        Gap { owner: "\u{202e}cio".into(), note: "\u{202e}evil".into(), ..Gap::nth(&world, 1) };
    let refused = invalid(Gap::create(channel, &world.plan, "a", Some(gap)).await);
    assert!(refused.violates("gap.owner", "MALFORMED"), "{refused:?}");
    assert!(refused.violates("gap.note", "MALFORMED"), "{refused:?}");
    // A note may have several lines.
    let gap = Gap { note: "One.\r\n\tTwo.\u{2028}Three.".into(), ..Gap::nth(&world, 1) };
    let gap = Gap::create(channel, &world.plan, "a", Some(gap)).await.unwrap();
    for (reason, rule) in [("\u{200b}", "REQUIRED"), ("\u{202e}x", "MALFORMED")] {
        let request = TransitionGapRequest {
            name: gap.name.clone(),
            state: GapState::Accepted as i32,
            reason: reason.into(),
            ..Default::default()
        };
        assert!(invalid(transition(server, "cio", request).await).violates("reason", rule));
    }
}

const NI_NUMBERS: [&str; 4] = ["QQ123456C", "qq 12 34 56 c", "ESR/QQ123456C-1", "no QQ123456"];

both!(no_text_holds_a_national_insurance_or_nhs_number);
async fn no_text_holds_a_national_insurance_or_nhs_number(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    for text in NI_NUMBERS.into_iter().chain(["9434765919", "NHS 943 476 5919", "943-476-5919"]) {
        let text = || text.to_owned();
        let role = Role { title: text(), group: text(), description: text(), ..Role::default() };
        let refused = invalid(Role::create(channel, "", "a", Some(role)).await);
        for field in ["title", "group", "description"] {
            assert!(refused.violates(&format!("role.{field}"), "PERSONAL_DATA"), "{refused:?}");
        }
        assert!(!format!("{refused:?}").contains(&text()), "it is never told back");
        let staffing = Staffing { source: text(), ..Staffing::nth(&world, 1) };
        let refused = invalid(Staffing::create(channel, &world.trust, "a", Some(staffing)).await);
        assert!(refused.violates("staffing.source", "PERSONAL_DATA"), "{refused:?}");
        let gap = Gap { note: format!("{}, born 29/02/1980", text()), ..Gap::nth(&world, 1) };
        let refused = invalid(Gap::create(channel, &world.plan, "a", Some(gap)).await);
        assert!(refused.violates("gap.note", "PERSONAL_DATA"), "{refused:?}");
    }
    let gap = Gap::made(channel, &world, 1).await;
    let request = TransitionGapRequest {
        name: gap.name,
        state: GapState::Accepted as i32,
        reason: "QQ123456C left".into(),
        ..Default::default()
    };
    let refused = invalid(transition(server, "cio", request.clone()).await);
    assert!(refused.violates("reason", "PERSONAL_DATA"), "{refused:?}");
    let refused = invalid(transition(server, "QQ123456C", request).await);
    assert!(refused.violates("metadata.registry-caller", "PERSONAL_DATA"), "{refused:?}");
}

both!(no_reference_to_people_is_personal);
async fn no_reference_to_people_is_personal(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    for reference in [
        "p-QQ123456C",
        "QQ123456C-1",
        "QQ123456",
        "ESR/QQ123456C",
        "943-476-5919",
        "19800229",
        "29021980",
        "29.02.80",
        "29-Feb-1980",
        "1980_02_29",
        "p1980-02-29",
    ] {
        let reference = || reference.to_owned();
        let staffing = Staffing { subject: reference(), ..Staffing::nth(&world, 1) };
        let refused = invalid(Staffing::create(channel, &world.trust, "a", Some(staffing)).await);
        assert!(refused.violates("staffing.subject", "PERSONAL_DATA"), "{refused:?}");
        let assessment = Assessment {
            subject: reference(),
            assessor: reference(),
            ..Assessment::nth(&world, 1)
        };
        let made = Assessment::create(channel, &world.trust, "a", Some(assessment)).await;
        let refused = invalid(made);
        assert!(refused.violates("assessment.subject", "PERSONAL_DATA"), "{refused:?}");
        assert!(refused.violates("assessment.assessor", "PERSONAL_DATA"), "{refused:?}");
        let gap = Gap { owner: reference(), ..Gap::nth(&world, 1) };
        let refused = invalid(Gap::create(channel, &world.plan, "a", Some(gap)).await);
        assert!(refused.violates("gap.owner", "PERSONAL_DATA"), "{refused:?}");
    }
    let gap = Gap { owner: "jo.bloggs@nhs.net".into(), ..Gap::nth(&world, 1) };
    let refused = invalid(Gap::create(channel, &world.plan, "a", Some(gap)).await);
    assert!(refused.violates("gap.owner", "PERSONAL_DATA"), "{refused:?}");
    // What a feed calls its people and groups stays possible.
    for subject in ["p-000123", "20198765", "nhs-staff-group:midwives", "ward/7", "Jo-Bloggs"] {
        let staffing = Staffing { subject: subject.into(), ..Staffing::nth(&world, 1) };
        Staffing::create(channel, &world.trust, "", Some(staffing)).await.unwrap();
    }
}

both!(no_address_is_personal);
async fn no_address_is_personal(server: &Server) {
    let world = World::create(server).await;
    for uri in [
        "https://lms.example/c?nino=QQ123456C&dob=1980-02-29",
        "https://lms.example/c?nino%3DQQ%2012%2034%2056%20C",
        "https://lms.example/9434765919",
        "mailto:jo.bloggs@nhs.net",
        "https://lms.example/c?user=jo%40nhs.net",
    ] {
        let row = Assessment { evidence_uri: uri.into(), ..Assessment::nth(&world, 1) };
        let made = Assessment::create(&server.channel, &world.trust, "a", Some(row)).await;
        let refused = invalid(made);
        assert!(refused.violates("assessment.evidence_uri", "PERSONAL_DATA"), "{refused:?}");
        let skill = Skill { external_uri: uri.into(), ..Skill::nth(&world, 1) };
        let made = Skill::create(&server.channel, &world.framework, "a", Some(skill)).await;
        assert!(invalid(made).violates("skill.external_uri", "PERSONAL_DATA"));
    }
}

both!(no_id_is_personal);
async fn no_id_is_personal(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    for id in ["qq123456c", "p-qq123456c", "943-476-5919"] {
        let row = Staffing::nth(&world, 1);
        let refused = invalid(Staffing::create(channel, &world.trust, id, Some(row.clone())).await);
        assert_eq!(refused.violations(), [("staffing_id".into(), "PERSONAL_DATA".into())]);
        let named = Staffing { name: format!("{}/staffing/{id}", world.trust), ..row };
        let upsert = Staffing::update(channel, named.clone(), None, true).await;
        assert!(invalid(upsert).violates("staffing.name", "PERSONAL_DATA"));
        let batch = Batch::of(&world.trust, vec![named]);
        let answers = Staffing::import_all(channel, vec![batch]).await.unwrap();
        let error = answers[0].outcomes[0].error.as_ref().unwrap();
        assert_eq!(error.violations[0].field, "name", "{error:?}");
        // A name that does not exist is not told apart.
        let name = format!("{}/staffing/{id}", world.trust);
        failure(Staffing::get(channel, &name).await, Code::NotFound);
    }
    // Of published codes any may look like a number of a person.
    let organisation = Organisation::nth(&world, 1);
    Organisation::create(channel, "", "QQ123456C", Some(organisation)).await.unwrap();
    let uuid = "ab123456-0c1d-4e2f-8a3b-123456789012";
    Staffing::create(channel, &world.trust, uuid, Some(Staffing::nth(&world, 1))).await.unwrap();
    let level = FrameworkLevel { rank: 1, id: "qq123456c".into(), ..FrameworkLevel::default() };
    let framework =
        Framework { name: world.framework.clone(), levels: vec![level], ..Framework::default() };
    let update = UpdateFrameworkRequest {
        framework: Some(framework),
        update_mask: Some(mask(&["levels"])),
        ..Default::default()
    };
    let mut frameworks =
        framework_service_client::FrameworkServiceClient::new(server.channel.clone());
    let refused = invalid(frameworks.update_framework(update).await);
    assert!(refused.violates("framework.levels[0].id", "PERSONAL_DATA"), "{refused:?}");
}
