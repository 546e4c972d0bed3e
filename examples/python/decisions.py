"""From gap to decision: what a planning system or a board's dashboard asks the Digital Skills Registry, in Python.

    python decisions.py [http://127.0.0.1:50051]

It asks why skilled people are missing, what the plan forgets, how it has been changing and where it is going; it
chooses what a budget closes best, takes the worst gap on, and writes the report to the board. It needs the sample,
can be run again and again, and leaves the gap as it was. Retries and failures are as in integration.py.
"""

import datetime
import sys

import grpc
from digitalskills.v1 import (
    gap_analysis_pb2, gap_pb2, gap_pb2_grpc, gap_trend_pb2, plan_audit_pb2, plan_pb2_grpc, projection_pb2, report_pb2)

PLAN = "plans/sample-digital-2026"
SECONDS = 30  # a search for the best choice takes some, on a busy day
BUDGET_PENCE = 20_000_00


def why(gaps):
    # Sums by family of roles, the greatest shortfall first; what is needed less who is skilled is, exactly, money,
    # recruitment and training.
    query = gap_analysis_pb2.GapQuery(
        plan=PLAN, group_by=[gap_analysis_pb2.GAP_DIMENSION_FAMILY], order_by="shortfall_fte desc")
    answer = gaps.AnalyseGaps(gap_pb2.AnalyseGapsRequest(query=query), timeout=SECONDS)
    for row in answer.rows:
        found = row.figures
        training = found.below_shortfall_fte + found.expired_shortfall_fte + found.unassessed_shortfall_fte
        print(f"why: {row.family}: {found.shortfall_fte:.1f} FTE are missing: {found.unfunded_shortfall_fte:.1f} "
              f"for money, {found.vacant_shortfall_fte:.1f} for recruitment, {training:.1f} for training")
    return answer.totals.figures.shortfall_fte


def forgotten(plans):
    query = plan_audit_pb2.PlanAuditQuery(plan=PLAN)
    answer = plans.AuditPlan(plan_audit_pb2.AuditPlanRequest(query=query), timeout=SECONDS)
    for omission in answer.omissions:
        if omission.kind == plan_audit_pb2.OMISSION_KIND_ROLE:
            print(f"forgotten: {omission.role_title}, with {omission.in_post_fte:.1f} FTE in post")


def trends(gaps):
    answer = gaps.ListGapTrends(gap_trend_pb2.ListGapTrendsRequest(plan=PLAN, page_size=3), timeout=SECONDS)
    for trend in answer.trends:
        first, last = trend.points[0], trend.points[-1]
        print(f"trend: {trend.skill_title}: {first.shortfall_fte:.1f} FTE short on {first.as_of_date}, "
              f"{last.shortfall_fte:.1f} on {last.as_of_date}")


def outlook(gaps):
    # Scenarios stand side by side in one answer, all at the same revision.
    assumption = projection_pb2.ProjectionAssumption
    planned = assumption(trained_fte=2.0, training_success=0.8, joiner_skilled_share=0.5)
    scenarios = [("as planned", []), ("funding cut by 30 %", [assumption(funded_factor=0.7)]),
                 ("training doubled", [assumption(training_factor=2.0)])]
    request = gap_pb2.ProjectGapsRequest(query=gap_analysis_pb2.GapQuery(plan=PLAN), page_size=1)
    for name, more in scenarios:
        request.scenarios.append(projection_pb2.ProjectionScenario(scenario=name, assumptions=[planned, *more]))
    answer = gaps.ProjectGaps(request, timeout=SECONDS)
    last = max(total.period_end_date for total in answer.totals)
    for total in (total for total in answer.totals if total.period_end_date == last):
        print(f"outlook: {total.scenario}: on {last} {total.skill_shortfall_fte:.1f} skilled FTE are missing; "
              f"{total.in_post_fte:.1f} FTE are in post, and {total.funded_fte:.1f} are funded")


def choose(gaps):
    query = gap_analysis_pb2.GapQuery(plan=PLAN)
    request = gap_pb2.RecommendClosuresRequest(query=query, budget_pence=BUDGET_PENCE)
    answer = gaps.RecommendClosures(request, timeout=SECONDS)
    for choice in answer.choices:
        print(f"choice: {choice.reason}")
    summary = answer.summary
    best = "the best there is" if summary.proven_optimal else f"within {summary.optimality_gap:.1%} of the best"
    print(f"choice: £{summary.cost_pence / 100:,.2f} gains {summary.gained_fte:.1f} FTE, {best}; "
          f"the next £10,000 would gain {summary.next_gained_fte:.1f}")


def take_on(gaps, today):
    # GapSnapshot again what is recorded changes nothing. A gap is taken on by whoever calls, who is kept with the reason.
    query = gap_analysis_pb2.GapQuery(plan=PLAN, minimum_severity=gap_analysis_pb2.GAP_SEVERITY_HIGH)
    gaps.RecordGaps(gap_pb2.RecordGapsRequest(query=query), timeout=SECONDS)
    request = gap_pb2.ListGapsRequest(parent=PLAN, filter='state = "OPEN" AND kind = "SHORTFALL"', page_size=1000)
    worst = max(gaps.ListGaps(request, timeout=SECONDS).gaps, key=lambda gap: gap.figures.priority)
    for state, reason in (gap_pb2.GAP_STATE_PLANNED, "An example takes it on"), (gap_pb2.GAP_STATE_OPEN, "and back"):
        request = gap_pb2.TransitionGapRequest(name=worst.name, etag=worst.etag, state=state, reason=reason)
        worst = gaps.TransitionGap(request, timeout=SECONDS, metadata=[("registry-caller", "example.planner")])
        step = worst.transitions[-1]
        print(f"life: {worst.role} in {worst.skill} is {gap_pb2.GapState.Name(worst.state)}, "
              f"says {step.actor} on {today}: {step.reason}")


def report(gaps, path):
    # A stream of parts: the first says what the file is, and they are the file one after the other.
    request = report_pb2.RenderReportRequest(plan=PLAN, budget_pence=BUDGET_PENCE)
    with open(path, "wb") as file:
        for part in gaps.RenderReport(request, timeout=SECONDS):
            file.write(part.data)
    print(f"report: {path} is written")


def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:50051"
    path = sys.argv[2] if len(sys.argv) > 2 else "board-report.html"
    with grpc.insecure_channel(endpoint.removeprefix("http://")) as channel:
        gaps, plans = gap_pb2_grpc.GapServiceStub(channel), plan_pb2_grpc.PlanServiceStub(channel)
        missing = why(gaps)
        forgotten(plans)
        trends(gaps)
        outlook(gaps)
        choose(gaps)
        take_on(gaps, datetime.date.today())
        report(gaps, path)
        print(f"decided about {missing:.1f} FTE")


if __name__ == "__main__":
    main()
