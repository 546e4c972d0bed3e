//! Properties of the gap analysis, which is pure: it needs no server.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use digital_skills_registry::{
    domain::{
        Fte, Staffing, Target,
        figures::{Figures, Severity},
    },
    planning::analysis::{
        self, Analysis, AnalysisInputs, AnalysisQuery, AnalysisRow, AnalysisRows, Dimension,
        Periods, RowKey, Totals, Warning, WarningKind,
    },
};
use proptest::prelude::*;

use super::{
    model,
    random_inputs::{
        TIME, any_query, day, framework, inputs, organisation, plan, query, requirement, role,
        skill, wide_inputs,
    },
};

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
            due_to: figures.causes.parts(),
            excess: warning_fte(analysis, row, WarningKind::OverAssessed),
            missing: warning_fte(analysis, row, WarningKind::GroupSplitIncomplete),
        };
        (place, cell)
    };
    analysis.rows.iter().map(cell).collect()
}

/// FTE of the warning of a kind in the place of a row. It is the same in every period, since it is of the day.
fn warning_fte(analysis: &Analysis, row: &AnalysisRow, kind: WarningKind) -> Fte {
    let place = [Dimension::Organisation, Dimension::Role, Dimension::Skill];
    let of_place = |key: RowKey| key.only(&place) == row.key.only(&place);
    let of_row = |warning: &&Warning| warning.kind == kind && of_place(warning.key);
    analysis.warnings.iter().find(of_row).map_or(Fte::ZERO, |warning| warning.fte)
}

fn warned(analysis: &Analysis) -> std::collections::BTreeSet<model::WarnedPart> {
    let catalogue = &analysis.catalogue;
    let warned = |warning: &Warning| {
        let kind = match warning.kind {
            WarningKind::RoleWithoutRequirements => "RoleWithoutRequirements",
            WarningKind::RoleNotInPlan => "RoleNotInPlan",
            WarningKind::NothingSelected => "NothingSelected",
            WarningKind::OverAssessed => "OverAssessed",
            WarningKind::GroupSplitIncomplete => "GroupSplitIncomplete",
            WarningKind::RequirementOfRetiredSkill => "RequirementOfRetiredSkill",
        };
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        (
            kind,
            name(catalogue.organisation(warning.key).map(|o| &o.name).or(Some(&warning.name))),
            name(catalogue.role(warning.key).map(|r| &r.name)),
            name(catalogue.skill(warning.key).map(|s| &s.name)),
            warning.fte,
        )
    };
    analysis.warnings.iter().map(warned).collect()
}

fn adds_up(figures: &Figures) -> bool {
    let terms = [
        figures.unfunded(),
        figures.vacant(),
        figures.below,
        figures.expired,
        figures.unassessed(),
    ];
    let causes = figures.causes.parts();
    figures.needed - figures.skilled == terms.into_iter().sum()
        && causes.iter().all(|cause| *cause >= Fte::ZERO)
        && figures.shortfall == causes.into_iter().sum()
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
        .into_iter()
        .copied()
        .chain(figures.causes.parts())
        .collect()
}

fn sum(rows: &[AnalysisRow]) -> Vec<Fte> {
    let mut sum = vec![Fte::ZERO; 15];
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
        fte: Fte::ONE,
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
        needed_fte: Fte::whole(9),
        funded_fte: Fte::whole(9),
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
        frameworks: vec![framework(true)],
        staffing,
        assessments: Vec::new(),
    };
    let analysis = analyse(&inputs, &query(&[]));
    assert_eq!(analysis.rows[0].figures.in_post, Fte::whole(2));
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
            for (cause, term) in figures.causes.parts().into_iter().zip(figures.waterfall()) {
                prop_assert!(cause <= term.or_zero(), "{figures:?}");
            }
            prop_assert!(figures.unassessed() >= Fte::ZERO, "{figures:?}");
            for kind in [WarningKind::OverAssessed, WarningKind::GroupSplitIncomplete] {
                let fte = warning_fte(&analysis, row, kind);
                prop_assert_eq!(row.warnings.contains(&kind), fte > Fte::ZERO);
            }
            let bounds = (figures.coverage(), figures.coverage_upper_bound());
            if let (Some(coverage), Some(upper)) = bounds {
                prop_assert!((0.0..=1.0).contains(&coverage) && coverage <= upper && upper <= 1.0);
                prop_assert_eq!(figures.severity() == Some(Severity::Met), coverage == 1.0);
            } else {
                prop_assert_eq!((figures.needed, figures.severity()), (Fte::ZERO, None));
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
            prop_assert_eq!(figures.single_point_of_failure, Some(alone || (few && figures.needed > Fte::ZERO)));
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
        // A stock is not summed over time.
        let several = grouped.periods.len() > 1;
        let by: Vec<Dimension> = match several && !group_by.contains(&Dimension::Period) {
            true => group_by.iter().copied().chain([Dimension::Period]).collect(),
            false => group_by,
        };
        let mut of_periods: BTreeMap<NaiveDate, Totals> = BTreeMap::new();
        for part in parts.iter().filter(|_| several) {
            of_periods.entry(grouped.catalogue.period(part.key).unwrap()).or_default().add(part);
        }
        prop_assert_eq!(&grouped.period_totals, &of_periods);
        for row in &grouped.rows {
            let own: Vec<&AnalysisRow> = parts.iter().filter(|part| part.key.only(&by) == row.key).collect();
            prop_assert_eq!(row.totals.as_deref(), Some(&own.iter().copied().collect::<Totals>()));
            let warnings: BTreeSet<WarningKind> = own.iter().flat_map(|part| part.warnings.clone()).collect();
            prop_assert_eq!(&row.warnings, &warnings);
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
                && row.figures.severity() >= Some(severities[least])
        };
        let expected: Vec<_> = whole.rows.iter().filter(wanted).cloned().collect();
        prop_assert_eq!(narrow.rows, expected);
    }
}
