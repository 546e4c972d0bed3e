//! The worked example as a report, and the sentences of nothing, one and many.

use crate::{
    domain::{GapSnapshot, Ratio, closure_option::ClosureOptionKind},
    planning::{
        analysis::{Columns, Inputs, Query},
        audit,
        example::*,
        projection::{Assumption, Given},
    },
};

use super::*;

fn query() -> Query {
    Query::of("plans/p", day("2026-07-01"))
}

fn ask() -> Ask {
    Ask { query: query(), budget: 300_000, assumptions: Vec::new() }
}

/// The worked example of the definitions: N 6, F 5, two skills and four people.
pub(crate) fn worked() -> Example {
    let mut first = requirement("roles/analyst/requirements/s1", "s1", 3);
    (first.weight, first.minimum_holders) = (Ratio::whole(3), 2);
    let second = requirement("roles/analyst/requirements/s2", "s2", 2);
    let mut need = target("plans/p/targets/t", "RX1", "analyst", "2027-03-31", 6.0);
    need.funded_fte = fte(5.0);
    let mut lapsed = assessment("RX1", "c", "s1", 3);
    lapsed.valid_until_date = Some(day("2026-06-30"));
    let assessments = vec![
        assessment("RX1", "a", "s1", 4),
        assessment("RX1", "a", "s2", 1),
        assessment("RX1", "b", "s1", 2),
        assessment("RX1", "b", "s2", 3),
        lapsed,
        assessment("RX1", "c", "s2", 2),
        assessment("RX1", "d", "s2", 2),
    ];
    let people = [("a", 1.0), ("b", 0.8), ("c", 1.0), ("d", 0.6)];
    let staffing = people.map(|(who, fte)| staffing("RX1", who, "analyst", 1, fte)).to_vec();
    let inputs = Inputs {
        plan: plan("p", "RX1"),
        targets: vec![need],
        requirements: vec![first, second],
        organisations: vec![trust("RX1", "")],
        roles: vec![role("analyst", "DATA")],
        skills: vec![skill("s1", false), skill("s2", false)],
        staffing,
        assessments,
    };
    let audit = audit::Inputs {
        plan: inputs.plan.clone(),
        baseline: String::new(),
        planned: planned(&inputs.targets),
        baseline_targets: Vec::new(),
        requirements: inputs.requirements.clone(),
        organisations: inputs.organisations.clone(),
        roles: inputs.roles.clone(),
        skills: Vec::new(),
        posts: posts(&inputs.staffing),
    };
    Example { inputs, audit, options: Vec::new(), gap_snapshots: Vec::new() }
}

/// What a report is made of, in rows that can be changed.
pub(crate) struct Example {
    pub inputs: Inputs,
    pub audit: audit::Inputs,
    pub options: Vec<ClosureOption>,
    pub gap_snapshots: Vec<GapSnapshot>,
}

impl Example {
    fn sources(&self) -> Sources {
        Sources {
            columns: Columns::of(&self.inputs, &query()),
            movements: Vec::new(),
            options: self.options.clone(),
            audit: self.audit.clone(),
            gap_snapshots: self.gap_snapshots.clone(),
            recorded_skills: Vec::new(),
            frameworks: Vec::new(),
            baseline: None,
            revision: 7,
        }
    }
}

pub(crate) fn made(example: &Example) -> Report {
    report(&example.sources(), &ask(), &|| false).unwrap()
}

#[test]
fn the_worked_example_reads_as_it_is() {
    let report = made(&worked());
    assert_eq!(
        sentence::headline(&report),
        "By 31 March 2027 the plan needs 12.0 skilled FTE and 3.4 are there (28 %): 8.6 are missing."
    );
    assert_eq!(
        sentence::waterfall(&report.totals.figures),
        "Training and assessing people who are already in post closes most of it: 3.4 FTE, against 3.2 FTE \
         to recruit and 2.0 FTE to fund."
    );
    let posts = Posts { needed: fte(6.0), funded: fte(5.0), in_post: fte(3.4) };
    assert_eq!(report.posts, posts);
    assert_eq!(
        sentence::heat(&report.heat),
        "The greatest gap is in s1: 5.0 of 6.0 FTE are missing, all of them in data and analytics roles; no skill \
         is covered everywhere."
    );
    assert_eq!(
        sentence::single(&report.single_points),
        "1 skill of a role could fail with one absence: 1 is held by one person alone; begin with s1 \
         (analyst)."
    );
    assert_eq!(
        sentence::forgotten(&report.forgotten),
        "The plan forgets no digital role with people in post, and no skill that its baseline plan or the \
         catalogue asks for."
    );
    assert!(
        sentence::board(&report.board).starts_with("The plan has no target for any board role")
    );
    assert!(
        sentence::closing(report.closing.as_ref()).starts_with("No way to close a gap is recorded")
    );
    assert_eq!(
        sentence::outlook(&report.outlook),
        "By 31 March 2027 8.6 skilled FTE will be missing if all goes on as it is (8.6 are today)."
    );
    assert_eq!(sentence::outlook_causes(&report.outlook), Vec::<String>::new());
    assert_eq!(sentence::outlook_unknown(&report.outlook).len(), 2);
    assert_eq!(report.about.revision, 7);
}

#[test]
fn an_empty_plan_and_one_that_is_met_say_so() {
    let mut empty = worked();
    empty.inputs.targets.clear();
    let report = made(&empty);
    assert!(sentence::headline(&report).starts_with("The plan has no targets here"));
    assert!(sentence::heat(&report.heat).starts_with("No skill is required yet"));
    assert_eq!(
        sentence::single(&report.single_points),
        "No required skill rests on a single person."
    );
    assert!(
        sentence::outlook(&report.outlook).starts_with("The plan has no period that ends after")
    );
    assert_eq!(
        sentence::closing(report.closing.as_ref()),
        "Nothing is missing, so no money is needed to close a gap."
    );

    let mut unasked = worked();
    unasked.inputs.requirements.clear();
    let report = made(&unasked);
    assert!(sentence::headline(&report).starts_with("The plan's targets ask for no skill"));
    assert_eq!(report.cautions.without_requirements, 1);

    let mut met = worked();
    met.inputs.requirements.remove(0);
    met.inputs.targets[0].needed_fte = fte(2.4);
    met.inputs.targets[0].funded_fte = fte(2.4);
    let report = made(&met);
    assert_eq!(
        sentence::headline(&report),
        "All of the 2.4 skilled FTE that the plan needs by 31 March 2027 are there."
    );
    assert_eq!(
        sentence::waterfall(&report.totals.figures),
        "Nothing is missing: no money, no recruitment and no training is needed."
    );
    assert_eq!(
        sentence::heat(&report.heat),
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
        sentence::waterfall(&made(&sources).totals.figures)
    };
    assert_eq!(
        of(1.0, 1.0),
        "Money for posts closes most of it: 5.0 FTE are needed and not funded, against none to recruit and \
         none to train or assess."
    );
    assert_eq!(
        of(6.0, 1.0),
        "Filling posts that are already funded closes most of it: 5.0 FTE, against none to train or assess \
         and none to fund."
    );
}

#[test]
fn an_outlook_says_what_moves_it() {
    let mut sources = worked();
    let mut later = target("plans/p/targets/u", "RX1", "analyst", "2028-03-31", 8.0);
    later.funded_fte = fte(7.0);
    sources.inputs.targets.push(later);
    // The second skill of C, in the second period.
    sources.inputs.assessments[5].valid_until_date = Some(day("2027-12-31"));
    let looked = |sources: &Example, given: Given| {
        let assumptions = vec![Assumption { given, ..Assumption::default() }];
        report(&sources.sources(), &Ask { assumptions, ..ask() }, &|| false).unwrap().outlook
    };
    let flows =
        Given { leaver_rate: Some(ratio(0.1)), joiners: Some(fte(1.0)), ..Given::default() };
    let outlook = looked(&sources, flows);
    assert_eq!(
        sentence::outlook(&outlook),
        "By 31 March 2028 14.2 skilled FTE will be missing if all goes on as it is (8.6 are today)."
    );
    // Of 3.4 skilled 0.25430 leave in 273 days, and 0.31457 in the year after them. In post are
    // (3.4 − 0.25430 + 1) × 0.9 + 1 = 4.73113, and with funding for 3.5 and then 4.9 posts 3.5 × 0.9 + 1.
    let causes = [
        "Until then 4.0 FTE more are asked for, 1.0 FTE lapse unless they are assessed again and 0.6 FTE of \
         those skilled leave.",
        "A cut of funding by 30 % leaves posts empty: 4.2 FTE are in post then, and 4.7 without it.",
    ];
    assert_eq!(sentence::outlook_causes(&outlook), causes);
    // Of what the request has cut further already, 70 % is no cut.
    let further = Given { funded_factor: Some(ratio(0.5)), ..flows };
    assert_eq!(sentence::outlook_causes(&looked(&sources, further)), causes[..1]);

    sources.inputs.targets.pop();
    let outlook = looked(&sources, Given { trained: Some(fte(0.5)), ..flows });
    assert_eq!(
        sentence::outlook(&outlook),
        "By 31 March 2027 7.9 skilled FTE will be missing if all goes on as it is (8.6 are today), 7.9 if \
         funding is cut by 30 %, and 6.9 if training is doubled."
    );
    assert_eq!(
        sentence::outlook_causes(&outlook)[0],
        "Until then 0.3 FTE of those skilled leave and 1.0 FTE are trained."
    );
    let all = Given { trained: Some(fte(0.0)), ..Given::default() };
    assert_eq!(
        sentence::outlook(&looked(&sources, all)),
        "By 31 March 2027 8.6 skilled FTE will be missing if all goes on as it is (8.6 are today), and \
         neither a cut of funding by 30 % nor twice the training changes that."
    );
}

fn recorded(as_of: &str, shortfall: f64) -> GapSnapshot {
    let (organisation, skill) = ("organisations/RX1", "frameworks/f/skills/s1");
    gap_snapshot(organisation, skill, as_of, "2027-03-31", [6.0, 6.0 - shortfall, shortfall])
}

#[test]
fn a_trend_needs_two_days() {
    let mut sources = worked();
    let said = |sources: &Example| sentence::trend(&made(sources).trends);
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
    // What comes after the day of the report is not known on it.
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
    let said = |sources: &Example| sentence::board(&made(sources).board);
    assert_eq!(
        said(&sources),
        "Executive directors have 3.4 of the 12.0 skilled FTE needed, and no skill is asked of \
         non-executive directors; the plan has no executive for digital and information, which itself is a \
         finding."
    );
    let inputs = &mut sources.inputs;
    inputs.roles[0].title = "Chief digital and information officer".into();
    inputs.skills[0].category = "Leadership".into();
    inputs.skills[1].category = "Cyber".into();
    let of = said(&sources);
    let profile = "the Chief digital and information officer covers 17 % of the leadership and 40 % of the \
                   technology that the role asks for.";
    assert!(of.ends_with(profile), "{of}");
    let report = made(&sources);
    let [profile] = &report.board.profiles[..] else { panic!("{:?}", report.board.profiles) };
    assert_eq!((profile.needed, profile.in_post), (fte(6.0), fte(3.4)));
}

#[test]
fn what_a_budget_closes_is_told_with_what_it_leaves() {
    let mut sources = worked();
    let option = |name: &str, kind, cost, per_head: f64, success: f64| ClosureOption {
        name: format!("closureOptions/{name}"),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: name.to_owned(),
        kind,
        organisation: String::new(),
        role: String::new(),
        family: String::new(),
        skill: "frameworks/f/skills/s1".into(),
        from_level: 0,
        to_level: 0,
        cost_per_head_pence: cost,
        fte_per_head: fte(per_head),
        success_probability: ratio(success),
        capacity_per_period: 1,
        lead_time_days: 0,
        relations: Default::default(),
        description: String::new(),
    };
    use ClosureOptionKind::{Assess, Recertify, Recruit, Train};
    sources.options = vec![
        option("assess", Assess, 5_000, 0.6, 0.5),
        option("hire", Recruit, 300_000, 1.0, 0.8),
        option("recertify", Recertify, 34_626, 1.0, 0.95),
        option("train", Train, 218_132, 0.8, 0.85),
    ];
    let report = made(&sources);
    assert_eq!(
        sentence::closing(report.closing.as_ref()),
        "Of £3,000, £2,577.58 well spent on 3 measures gains 1.9 skilled FTE and leaves 6.7 of 8.6 missing; \
         the next £10,000 would gain 0.8 more."
    );
    assert_eq!(report.closing.unwrap().next, fte(0.8));
    assert!(sentence::closing(None).starts_with("There are too many ways"));
}

#[test]
fn work_that_nobody_waits_for_ends() {
    assert_eq!(report(&worked().sources(), &ask(), &|| true).unwrap_err(), Stopped);
}
