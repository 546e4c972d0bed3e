//! The facts of the worked example.

use crate::{domain::Revision, planning::example::fte};

use super::{
    example::{made, options, report_query, worked},
    *,
};

#[test]
fn the_worked_example_has_its_facts() {
    let report = made(&worked());
    let posts = Posts {
        needed: fte(6.0),
        funded: fte(5.0),
        in_post: fte(3.4),
        unfunded: fte(1.0),
        vacant: fte(1.6),
    };
    assert_eq!(report.posts, posts);
    assert_eq!(report.about.revision, Revision::new(7));
}

#[test]
fn a_target_without_requirements_is_a_caution() {
    let mut unasked = worked();
    unasked.inputs.requirements.clear();
    assert_eq!(made(&unasked).cautions.without_requirements, 1);
}

#[test]
fn an_executive_for_digital_has_a_profile() {
    let mut sources = worked();
    let role = &mut sources.inputs.roles[0];
    role.family = "BOARD_EXECUTIVE".into();
    role.title = "Chief digital and information officer".into();
    let report = made(&sources);
    let [profile] = &report.board.profiles[..] else { panic!("{:?}", report.board.profiles) };
    assert_eq!((profile.needed, profile.in_post), (fte(6.0), fte(3.4)));
}

#[test]
fn the_next_ten_thousand_pounds_gain_what_the_budget_could_not() {
    let mut sources = worked();
    sources.options = options();
    assert_eq!(made(&sources).closures.unwrap().next, fte(0.8));
}

#[test]
fn work_that_nobody_waits_for_ends() {
    let made = report(&worked().sources(), &report_query(), &|| true);
    assert_eq!(made.unwrap_err(), ReportCancelled);
}
