//! Properties of the gap analysis, which is pure: it needs no server.

use chrono::{DateTime, NaiveDate, Utc};
use digital_skills_registry::{
    domain::{
        Assessment, Exact, Fte, Organisation, Plan, Ratio, Requirement, Role, Skill, Staffing,
        Target,
        assessment::AssessmentSource,
        figures::{Figures, Severity},
        organisation::OrganisationKind,
        plan::PlanState,
        requirement::Importance,
        skill::SkillState,
    },
    planning::analysis::{
        self, Analysis, AnalysisInputs, AnalysisQuery, AnalysisRow, AnalysisRows, Dimension,
        Periods, Totals,
    },
};
use proptest::prelude::*;

use super::model;

const TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn day(n: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::TimeDelta::days(n)
}

fn organisation(n: usize) -> Organisation {
    Organisation {
        name: format!("organisations/RX{n}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Trust {n}"),
        kind: OrganisationKind::Trust,
        parent: if n > 0 { "organisations/RX0".into() } else { String::new() },
        region_code: format!("Y{}", n % 2),
        open_date: None,
        close_date: None,
        successor: String::new(),
    }
}

fn role(n: usize) -> Role {
    Role {
        name: format!("roles/r{n}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Role {n}"),
        family: format!("FAMILY_{}", n % 2),
        group: String::new(),
        seniority: 0,
        afc_band_from: None,
        afc_band_to: None,
        codes: Default::default(),
        description: String::new(),
    }
}

fn skill(n: usize) -> Skill {
    Skill {
        name: format!("frameworks/f/skills/s{n}"),
        parent: "frameworks/f".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Skill {n}"),
        description: String::new(),
        category: format!("Category {}", n % 2),
        external_uri: String::new(),
        alternative_labels: Default::default(),
        broader_skill: String::new(),
        core: false,
        state: SkillState::Active,
        replaced_by: String::new(),
        alignments: Default::default(),
    }
}

fn plan() -> Plan {
    Plan {
        name: "plans/p".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: "Plan".into(),
        owner: "organisations/RX0".into(),
        first_period_end_date: day(0),
        last_period_end_date: day(3_000),
        state: PlanState::Draft,
        supersedes: String::new(),
        baseline_plan: String::new(),
        author: "a".into(),
        approver: String::new(),
    }
}

fn requirement(role: usize, skill: usize, level: i32, weight: i64, holders: i32) -> Requirement {
    Requirement {
        name: format!("roles/r{role}/requirements/s{skill}"),
        parent: format!("roles/r{role}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        skill: format!("frameworks/f/skills/s{skill}"),
        minimum_level: level,
        importance: Importance::Essential,
        weight: Ratio::parts(weight),
        minimum_holders: holders,
        needed_from_date: None,
        role: String::new(),
        family: String::new(),
    }
}

prop_compose! {
    fn fte(most: i64)(parts in 0..=most * 100_000) -> Fte {
        Exact::parts(parts)
    }
}

prop_compose! {
    fn target()(
        organisation in 0..3usize, role in 0..3usize, period in 0..3i64, needed in fte(50), funded in fte(50),
    ) -> Target {
        Target {
            name: format!("plans/p/targets/{organisation}-{role}-{period}"),
            parent: "plans/p".into(),
            revision: 1,
            create_time: TIME,
            update_time: TIME,
            organisation: format!("organisations/RX{organisation}"),
            role: format!("roles/r{role}"),
            period_end_date: day(100 * (period + 1)),
            needed_fte: needed,
            funded_fte: funded,
        }
    }
}

prop_compose! {
    fn staffing()(
        organisation in 0..3usize, role in 0..3usize, subject in 0..6usize, headcount in 1..4i32, fte in fte(9),
        start in -100..100i64, length in proptest::option::of(1..200i64), id in 0..1_000_000u32,
    ) -> Staffing {
        Staffing {
            name: format!("organisations/RX{organisation}/staffing/{id}"),
            parent: format!("organisations/RX{organisation}"),
            revision: 1,
            create_time: TIME,
            update_time: TIME,
            subject: format!("p{subject}"),
            role: format!("roles/r{role}"),
            headcount,
            fte,
            start_date: day(start),
            end_date: length.map(|length| day(start + length)),
            source: String::new(),
        }
    }
}

prop_compose! {
    fn assessment()(
        organisation in 0..3usize, subject in 0..6usize, skill in 0..3usize, level in 0..5i32, headcount in 1..4i32,
        fte in proptest::option::of(fte(5)), on in -50..50i64, valid in proptest::option::of(0..100i64),
        revision in 1..5i64, id in 0..1_000_000u32,
    ) -> Assessment {
        Assessment {
            name: format!("organisations/RX{organisation}/assessments/{id}"),
            parent: format!("organisations/RX{organisation}"),
            revision,
            create_time: TIME,
            update_time: TIME,
            subject: format!("p{subject}"),
            skill: format!("frameworks/f/skills/s{skill}"),
            level,
            headcount,
            fte,
            assessed_date: day(on),
            valid_until_date: valid.map(|valid| day(on + valid)),
            source: AssessmentSource::Test,
            assessor: String::new(),
            evidence_uri: String::new(),
        }
    }
}

prop_compose! {
    fn inputs()(
        targets in prop::collection::vec(target(), 1..12),
        required in prop::collection::vec((0..3usize, 0..3usize, 0..5i32, 1..500_000i64, 1..4i32), 0..8),
        staffing in prop::collection::vec(staffing(), 0..25),
        assessments in prop::collection::vec(assessment(), 0..40),
    ) -> AnalysisRows {
        // One for each natural key.
        let mut keys = std::collections::HashSet::new();
        let targets = targets.into_iter().filter(|target| keys.insert(target.name.clone())).collect();
        let mut keys = std::collections::HashSet::new();
        let requirements = required.into_iter().filter(|(role, skill, ..)| keys.insert((*role, *skill)));
        AnalysisRows {
            plan: plan(),
            targets,
            requirements: requirements.map(|(r, s, level, weight, holders)| requirement(r, s, level, weight, holders)).collect(),
            organisations: (0..3).map(organisation).collect(),
            roles: (0..3).map(role).collect(),
            skills: (0..3).map(skill).collect(),
            staffing,
            assessments,
        }
    }
}

prop_compose! {
    /// With requirements of the plan too, and such as begin later.
    fn wide_inputs()(
        inputs in inputs(),
        of_plan in prop::collection::vec(
            (0..3usize, any::<bool>(), 0..3usize, 0..5i32, 1..500_000i64, any::<bool>(), 0..400i64), 0..5,
        ),
        desirable in prop::collection::vec(any::<bool>(), 13),
    ) -> AnalysisRows {
        let mut inputs = inputs;
        for (n, (role, by_family, skill, level, weight, later, from)) in of_plan.into_iter().enumerate() {
            inputs.requirements.push(Requirement {
                name: format!("plans/p/requirements/{n}"),
                parent: "plans/p".into(),
                role: if by_family { String::new() } else { format!("roles/r{role}") },
                family: if by_family { format!("FAMILY_{}", role % 2) } else { String::new() },
                needed_from_date: later.then(|| day(from)),
                ..requirement(role, skill, level, weight, 1)
            });
        }
        for (requirement, desirable) in inputs.requirements.iter_mut().zip(desirable) {
            requirement.importance = if desirable { Importance::Desirable } else { Importance::Essential };
        }
        inputs
    }
}

prop_compose! {
    fn any_query()(
        organisations in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        include_descendants: bool,
        roles in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        family in proptest::option::of(0..2usize),
        skills in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        framework in proptest::option::of(prop::sample::select(vec!["frameworks/f", "frameworks/g"])),
        periods in prop_oneof![
            3 => Just(Periods::Every),
            1 => Just(Periods::Current),
            1 => Just(Periods::Ending(vec![day(100), day(300), day(999)])),
        ],
        least in proptest::option::weighted(0.2, prop::sample::select(vec![Severity::Low, Severity::High])),
        importance in proptest::option::weighted(0.2, Just(Importance::Essential)),
        as_of in -60..350i64,
    ) -> AnalysisQuery {
        AnalysisQuery {
            organisations: organisations.into_iter().map(|n| organisation(n).name).collect(),
            include_descendants,
            roles: roles.into_iter().map(|n| role(n).name).collect(),
            families: family.map(|n| format!("FAMILY_{n}")).into_iter().collect(),
            skills: skills.into_iter().map(|n| skill(n).name).collect(),
            frameworks: framework.map(str::to_owned).into_iter().collect(),
            periods,
            minimum_severity: least,
            importance,
            as_of: day(as_of),
            ..query(&[])
        }
    }
}

/// Analyses rows.
fn analyse(inputs: &AnalysisRows, query: &AnalysisQuery) -> Analysis {
    analysis::analyse(&AnalysisInputs::of(inputs, query), query)
}

/// What was found, in the words of the model.
fn cells_of(analysis: &Analysis) -> std::collections::BTreeMap<model::PartKey, model::Cell> {
    let catalogue = &analysis.catalogue;
    let cell = |row: &AnalysisRow| {
        let place = (
            catalogue.organisation(row.key).unwrap().name.clone(),
            catalogue.role(row.key).unwrap().name.clone(),
            catalogue.skill(row.key).unwrap().name.clone(),
            catalogue.period(row.key).unwrap(),
        );
        let (figures, required) = (&row.figures, row.required.as_ref().unwrap());
        let cell = model::Cell {
            needed: figures.needed,
            funded: figures.funded,
            in_post: figures.in_post,
            skilled: figures.skilled,
            below: figures.below,
            expired: figures.expired,
            holders: figures.holders.unwrap(),
            minimum_level: required.minimum_level,
            minimum_holders: required.minimum_holders,
            weight: required.weight,
            requirements: required.requirements.clone(),
        };
        (place, cell)
    };
    analysis.rows.iter().map(cell).collect()
}

fn warned(analysis: &Analysis) -> std::collections::BTreeSet<model::WarnedPart> {
    use digital_skills_registry::planning::analysis::{Warning, WarningKind};
    let catalogue = &analysis.catalogue;
    let warned = |warning: &Warning| {
        let kind = match warning.kind {
            WarningKind::RoleWithoutRequirements => "RoleWithoutRequirements",
            WarningKind::RoleNotInPlan => "RoleNotInPlan",
            WarningKind::OverAssessed => "OverAssessed",
        };
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        (
            kind,
            name(catalogue.organisation(warning.key).map(|o| &o.name)),
            name(catalogue.role(warning.key).map(|r| &r.name)),
            name(catalogue.skill(warning.key).map(|s| &s.name)),
            warning.fte,
        )
    };
    analysis.warnings.iter().map(warned).collect()
}

fn query(group_by: &[Dimension]) -> AnalysisQuery {
    AnalysisQuery {
        periods: Periods::Every,
        group_by: group_by.to_vec(),
        ..AnalysisQuery::of("plans/p", day(30))
    }
}

fn adds_up(figures: &Figures) -> bool {
    let causes = [
        figures.unfunded(),
        figures.vacant(),
        figures.below,
        figures.expired,
        figures.unassessed(),
    ];
    figures.needed - figures.skilled == causes.into_iter().sum()
}

/// The terms of figures that are summed.
fn terms(figures: &Figures) -> Vec<Fte> {
    let Figures {
        needed,
        funded,
        in_post,
        skilled,
        below,
        expired,
        shortfall,
        surplus,
        covered,
        coverable,
        ..
    } = figures;
    [needed, funded, in_post, skilled, below, expired, shortfall, surplus, covered, coverable]
        .map(|term| *term)
        .into()
}

fn sum(rows: &[AnalysisRow]) -> Vec<Fte> {
    let mut sum = vec![Fte::ZERO; 10];
    for row in rows {
        for (sum, term) in sum.iter_mut().zip(terms(&row.figures)) {
            *sum = *sum + term;
        }
    }
    sum
}

fn parts(analysis: &Analysis) -> i32 {
    analysis.rows.iter().map(|row| row.totals.as_ref().map_or(1, |totals| totals.parts)).sum()
}

#[test]
fn who_has_not_come_or_has_left_is_not_in_post() {
    let post = |from: i64, until: Option<i64>| Staffing {
        name: format!("organisations/RX0/staffing/{from}-{until:?}"),
        parent: "organisations/RX0".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        subject: format!("p{from}-{until:?}"),
        role: "roles/r0".into(),
        headcount: 1,
        fte: Exact::ONE,
        start_date: day(from),
        end_date: until.map(day),
        source: String::new(),
    };
    let target = Target {
        name: "plans/p/targets/t".into(),
        parent: "plans/p".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        organisation: "organisations/RX0".into(),
        role: "roles/r0".into(),
        period_end_date: day(100),
        needed_fte: Exact::whole(9),
        funded_fte: Exact::whole(9),
    };
    // The day is the 30th: two are in post, one comes tomorrow, one has left today.
    let staffing = vec![post(30, None), post(0, Some(31)), post(31, None), post(0, Some(30))];
    let inputs = AnalysisRows {
        plan: plan(),
        targets: vec![target],
        requirements: vec![requirement(0, 0, 1, 100_000, 1)],
        organisations: vec![organisation(0)],
        roles: vec![role(0)],
        skills: vec![skill(0)],
        staffing,
        assessments: Vec::new(),
    };
    let analysis = analyse(&inputs, &query(&[]));
    assert_eq!(analysis.rows[0].figures.in_post, Exact::whole(2));
}

proptest! {
    #[test]
    fn the_waterfall_always_adds_up(inputs in inputs()) {
        let analysis = analyse(&inputs, &query(&[]));
        for row in &analysis.rows {
            let figures = &row.figures;
            prop_assert!(adds_up(figures), "{figures:?}");
            prop_assert_eq!(figures.shortfall - figures.surplus, figures.needed - figures.skilled);
            prop_assert!(figures.shortfall == Fte::ZERO || figures.surplus == Fte::ZERO);
            prop_assert_eq!(row.over_assessed, figures.unassessed() < Fte::ZERO);
            let bounds = (figures.coverage(), figures.coverage_upper_bound());
            if let (Some(coverage), Some(upper)) = bounds {
                prop_assert!((0.0..=1.0).contains(&coverage) && coverage <= upper && upper <= 1.0);
                prop_assert_eq!(figures.severity() == Severity::Met, coverage == 1.0);
            } else {
                prop_assert_eq!(figures.needed, Fte::ZERO);
            }
        }
        prop_assert!(adds_up(&analysis.totals.figures));
    }

    #[test]
    fn groups_sum_to_the_whole(
        inputs in inputs(),
        group_by in prop::sample::subsequence(Dimension::ALL.to_vec(), 1..=7),
    ) {
        let whole = analyse(&inputs, &query(&[]));
        let grouped = analyse(&inputs, &query(&group_by));
        prop_assert_eq!(sum(&grouped.rows), sum(&whole.rows));
        prop_assert_eq!(terms(&grouped.totals.figures), sum(&whole.rows));
        prop_assert_eq!(&grouped.totals, &whole.totals);
        prop_assert_eq!(parts(&grouped), parts(&whole));
        for row in &grouped.rows {
            prop_assert!(adds_up(&row.figures));
            prop_assert_eq!(row.figures.holders, None);
        }
        let mut keys: Vec<_> = grouped.rows.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), grouped.rows.len());
    }

    #[test]
    fn the_order_of_what_is_read_makes_no_difference(inputs in inputs(), seed: u64) {
        let analysis = analyse(&inputs, &query(&[]));
        let mut shuffled = inputs;
        // A fixed way to stir: what matters is that the order is another.
        let turn = usize::try_from(seed % 97).unwrap_or(0);
        fn stir<T>(list: &mut [T], turn: usize) {
            list.reverse();
            if !list.is_empty() {
                let turn = turn % list.len();
                list.rotate_left(turn);
            }
        }
        stir(&mut shuffled.targets, turn);
        stir(&mut shuffled.requirements, turn);
        stir(&mut shuffled.organisations, turn);
        stir(&mut shuffled.roles, turn);
        stir(&mut shuffled.skills, turn);
        stir(&mut shuffled.staffing, turn);
        stir(&mut shuffled.assessments, turn);
        let again = analyse(&shuffled, &query(&[]));
        prop_assert_eq!(again.rows, analysis.rows);
        prop_assert_eq!(again.totals, analysis.totals);
        prop_assert_eq!(again.warnings, analysis.warnings);
    }

    #[test]
    fn it_is_what_the_definitions_say(inputs in wide_inputs(), query in any_query()) {
        let analysis = analyse(&inputs, &query);
        let (cells, warnings) = model::cells(&inputs, &query);
        prop_assert_eq!(analysis.rows.len(), cells.len());
        prop_assert_eq!(cells_of(&analysis), cells);
        prop_assert_eq!(warned(&analysis), warnings);
        for row in &analysis.rows {
            let figures = &row.figures;
            let few = figures.holders < row.required.as_ref().map(|r| r.minimum_holders);
            let alone = figures.holders <= Some(1) && figures.needed > Fte::ZERO;
            prop_assert_eq!(figures.single_point_of_failure, Some(few || alone));
        }
    }

    /// Bit by bit, rounded sums included.
    #[test]
    fn a_sum_is_that_of_its_rows_in_the_order_of_their_keys(
        inputs in wide_inputs(),
        query in any_query(),
        group_by in prop::sample::subsequence(Dimension::ALL.to_vec(), 1..=7),
    ) {
        // Where rows are summed by period, every one is analysed.
        let query = match query.periods {
            Periods::Current => AnalysisQuery { periods: Periods::Every, ..query },
            _ => query,
        };
        let mut parts = analyse(&inputs, &query).rows;
        parts.sort_by_key(|row| row.key);
        let grouped = analyse(&inputs, &AnalysisQuery { group_by: group_by.clone(), ..query });
        prop_assert_eq!(&grouped.totals, &parts.iter().collect::<Totals>());
        for row in &grouped.rows {
            let own: Vec<&AnalysisRow> = parts.iter().filter(|part| part.key.only(&group_by) == row.key).collect();
            prop_assert_eq!(row.totals.as_deref(), Some(&own.iter().copied().collect::<Totals>()));
            prop_assert_eq!(row.over_assessed, own.iter().any(|part| part.over_assessed));
        }
        prop_assert_eq!(grouped.rows.iter().filter_map(|row| row.totals.as_ref()).map(|t| t.parts as usize).sum::<usize>(), parts.len());
    }

    #[test]
    fn a_narrower_query_gives_some_of_the_same_rows(inputs in inputs(), least in 0..5usize) {
        let whole = analyse(&inputs, &query(&[]));
        let severities = [Severity::Met, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        let narrow = AnalysisQuery {
            organisations: vec!["organisations/RX1".into()],
            skills: vec![skill(0).name, skill(2).name],
            minimum_severity: Some(severities[least]),
            ..query(&[])
        };
        let narrow = analyse(&inputs, &narrow);
        let wanted = |row: &&AnalysisRow| {
            whole.catalogue.organisation(row.key).is_some_and(|o| o.name == "organisations/RX1")
                && whole.catalogue.skill(row.key).is_some_and(|s| s.name != skill(1).name)
                && row.figures.severity() >= severities[least]
        };
        let expected: Vec<_> = whole.rows.iter().filter(wanted).cloned().collect();
        prop_assert_eq!(narrow.rows, expected);
    }
}
