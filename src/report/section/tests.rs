//! The sentences of sections for the worked example, and for none, one and many.

use crate::planning::{
    example::*,
    projection::AssumedFigures,
    report::{
        Report,
        example::{Example, made, made_with, options, recorded, worked},
    },
};

use super::{super::summary::headline, *};

fn section(report: &Report, id: &str) -> Section {
    sections(report).into_iter().find(|section| section.id == id).unwrap()
}

fn sentence(report: &Report, id: &str) -> String {
    section(report, id).sentence
}

fn notes(report: &Report, id: &str) -> Vec<String> {
    section(report, id).notes
}

#[test]
fn the_worked_example_reads_as_it_is() {
    let report = made(&worked());
    assert_eq!(
        headline(&report),
        "By 31 March 2027 the plan needs 12.0 skilled FTE and 3.4 are there (28 %): 8.6 are missing."
    );
    assert_eq!(
        sentence(&report, "causes"),
        "Training and assessing people who are already in post closes the largest part of it: 3.4 FTE, against \
         3.2 FTE to recruit and 2.0 FTE to fund."
    );
    assert_eq!(
        sentence(&report, "skills"),
        "The greatest gap is in s1: 5.0 of 6.0 FTE are missing, all of them in data and analytics roles; no skill \
         is covered everywhere."
    );
    assert_eq!(
        sentence(&report, "single"),
        "1 skill of a role could fail with one absence: 1 is held by one person alone; begin with s1 \
         (analyst)."
    );
    assert_eq!(
        sentence(&report, "forgotten"),
        "The plan forgets no digital role with people in post, and no skill that its baseline plan or the \
         catalogue asks for."
    );
    assert!(sentence(&report, "board").starts_with("The plan has no target for any board role"));
    assert!(sentence(&report, "closing").starts_with("No way to close a gap is recorded"));
    assert_eq!(
        sentence(&report, "outlook"),
        "By 31 March 2027 8.6 skilled FTE will be missing if nothing changes (8.6 are today)."
    );
    let [leavers, training] = &notes(&report, "outlook")[..] else { panic!() };
    assert!(leavers.starts_with("The outlook assumes that nobody leaves"), "{leavers}");
    assert!(training.starts_with("The outlook assumes that nobody is trained"), "{training}");
}

#[test]
fn an_empty_plan_and_one_that_is_met_say_so() {
    let mut empty = worked();
    empty.inputs.targets.clear();
    let report = made(&empty);
    assert!(headline(&report).starts_with("The plan has no targets here"));
    assert!(sentence(&report, "skills").starts_with("No skill is required yet"));
    assert_eq!(sentence(&report, "single"), "No required skill rests on a single person.");
    assert!(sentence(&report, "outlook").starts_with("The plan has no period that ends after"));
    assert_eq!(
        sentence(&report, "closing"),
        "Nothing is missing, so no money is needed to close a gap."
    );

    let mut unasked = worked();
    unasked.inputs.requirements.clear();
    let report = made(&unasked);
    assert!(headline(&report).starts_with("The plan's targets require no skill"));

    let mut met = worked();
    met.inputs.requirements.remove(0);
    met.inputs.targets[0].needed_fte = fte(2.4);
    met.inputs.targets[0].funded_fte = fte(2.4);
    let report = made(&met);
    assert_eq!(
        headline(&report),
        "All of the 2.4 skilled FTE that the plan needs by 31 March 2027 are there."
    );
    assert_eq!(
        sentence(&report, "causes"),
        "Nothing is missing: no money, no recruitment and no training is needed."
    );
    assert_eq!(
        sentence(&report, "skills"),
        "The one required skill is covered in every family of roles."
    );
}

#[test]
fn the_greatest_cause_is_named_first() {
    let of = |funded: f64, in_post: f64| {
        let mut sources = worked();
        sources.inputs.requirements.remove(0);
        sources.inputs.targets[0].funded_fte = fte(funded);
        for (person, share) in sources.inputs.staffing.iter_mut().zip([0.0, 1.0, 0.0, 0.0]) {
            person.fte = fte(in_post * share);
        }
        sentence(&made(&sources), "causes")
    };
    assert_eq!(of(1.0, 1.0), "Money for posts closes all of it: 5.0 FTE.");
    assert_eq!(of(6.0, 1.0), "Filling posts that are already funded closes all of it: 5.0 FTE.");
    assert_eq!(
        of(5.0, 1.0),
        "Filling posts that are already funded closes most of it: 4.0 FTE, against none to train or assess \
         and 1.0 FTE to fund."
    );
    assert_eq!(
        of(3.5, 1.0),
        "Filling posts that are already funded closes as much of it as anything else does: 2.5 FTE, against none \
         to train or assess and 2.5 FTE to fund."
    );
}

#[test]
fn an_outlook_says_what_moves_it() {
    let mut sources = worked();
    let mut later = target("plans/p/targets/u", "RX1", "analyst", "2028-03-31", 8.0);
    later.funded_fte = fte(7.0);
    sources.inputs.targets.push(later);
    // The second skill of C expires in the second period.
    sources.inputs.assessments[5].valid_until_date = Some(day("2027-12-31"));
    let flows = AssumedFigures {
        leaver_rate: Some(ratio(0.1)),
        joiners: Some(fte(1.0)),
        ..AssumedFigures::default()
    };
    let report = made_with(&sources, flows);
    assert_eq!(
        sentence(&report, "outlook"),
        "By 31 March 2028 14.2 skilled FTE will be missing if nothing changes (8.6 are today)."
    );
    // Of 3.4 skilled FTE, 0.25430 leave in 273 days, and 0.31457 in the year after. In post are (3.4 −
    // 0.25430 + 1) × 0.9 + 1 = 4.73113, and with funding for 3.5 and then 4.9 posts 3.5 × 0.9 + 1.
    let causes = [
        "Until then 4.0 FTE more are needed, 1.0 FTE expire unless they are assessed again and 0.6 FTE of \
         skilled people leave.",
        "A cut of funding by 30 % leaves posts empty: 4.2 FTE are in post then, and 4.7 without it.",
    ];
    let unknown = "The outlook assumes that nobody is trained, because the request gives no planned \
                   training: ask for the report with a trained FTE.";
    assert_eq!(notes(&report, "outlook"), [causes[0], causes[1], unknown]);
    // The request's own cut of funding is deeper than 30 %.
    let further = AssumedFigures { funded_factor: Some(ratio(0.5)), ..flows };
    assert_eq!(notes(&made_with(&sources, further), "outlook"), [causes[0], unknown]);

    sources.inputs.targets.pop();
    let report = made_with(&sources, AssumedFigures { trained: Some(fte(0.5)), ..flows });
    assert_eq!(
        sentence(&report, "outlook"),
        "By 31 March 2027 7.9 skilled FTE will be missing if nothing changes (8.6 are today), 7.9 if \
         funding is cut by 30 %, and 6.9 if training is doubled."
    );
    assert_eq!(
        notes(&report, "outlook")[0],
        "Until then 0.3 FTE of skilled people leave and 1.0 FTE are trained."
    );
    let all = AssumedFigures { trained: Some(fte(0.0)), ..AssumedFigures::default() };
    assert_eq!(
        sentence(&made_with(&sources, all), "outlook"),
        "By 31 March 2027 8.6 skilled FTE will be missing if nothing changes (8.6 are today), and \
         neither a cut of funding by 30 % nor twice the training changes that."
    );
}

#[test]
fn a_trend_needs_two_days() {
    let mut sources = worked();
    let said = |sources: &Example| sentence(&made(sources), "trend");
    assert!(said(&sources).starts_with("Nothing has been recorded yet"));
    sources.gap_snapshots.push(recorded("2026-05-01", 6.0));
    assert!(
        said(&sources).starts_with("One gap snapshot exists, of 1 May 2026, with 6.0 FTE missing")
    );
    sources.gap_snapshots.push(recorded("2026-06-01", 5.0));
    assert_eq!(
        said(&sources),
        "Between 1 May 2026 and 1 June 2026 the shortfall fell by 1.0 FTE, from 6.0 to 5.0."
    );
    // Gap snapshots after the day of the report are unknown on that day.
    sources.gap_snapshots.push(recorded("2026-07-02", 0.0));
    assert!(said(&sources).contains("from 6.0 to 5.0"));
    sources.gap_snapshots[1].shortfall_fte = fte(6.0);
    assert!(said(&sources).ends_with("the shortfall stayed at 6.0 FTE."));
}

#[test]
fn what_the_board_lacks_is_a_finding() {
    let mut sources = worked();
    let inputs = &mut sources.inputs;
    inputs.roles[0].family = "BOARD_EXECUTIVE".into();
    let said = |sources: &Example| sentence(&made(sources), "board");
    assert_eq!(
        said(&sources),
        "Executive directors have 3.4 of the 12.0 skilled FTE needed, and no skill is required of \
         non-executive directors; the plan has no executive for digital and information, which is itself a \
         finding."
    );
    let inputs = &mut sources.inputs;
    inputs.roles[0].title = "Chief digital and information officer".into();
    inputs.skills[0].category = "Leadership".into();
    inputs.skills[1].category = "Cyber".into();
    let of = said(&sources);
    let profile = "the Chief digital and information officer covers 17 % of the leadership and 40 % of the \
                   technology that the role requires.";
    assert!(of.ends_with(profile), "{of}");
}

#[test]
fn what_a_budget_closes_is_said_with_what_it_leaves() {
    let mut sources = worked();
    sources.options = options();
    let report = made(&sources);
    assert_eq!(
        sentence(&report, "closing"),
        "Of £3,000, £2,577.58 well spent on 3 measures gains 1.9 skilled FTE and leaves 6.7 of 8.6 missing; \
         the next £10,000 would gain 0.8 more."
    );
    let too_many = Report { closures: None, ..report };
    assert!(sentence(&too_many, "closing").starts_with("There are too many ways"));
}
