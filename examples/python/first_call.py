"""A first call: the ten gaps of the highest priority in the sample's plan. The README says how to run it."""

import grpc
from digitalskills.v1 import gap_analysis_pb2, gap_pb2, gap_pb2_grpc

gaps = gap_pb2_grpc.GapServiceStub(grpc.insecure_channel("127.0.0.1:50051"))
query = gap_analysis_pb2.GapQuery(plan="plans/sample-digital-2026")
answer = gaps.AnalyseGaps(gap_pb2.AnalyseGapsRequest(query=query, page_size=10))
print(answer.context.plan.title, "at revision", answer.context.read_revision)
for row in answer.rows:
    figures = row.figures
    print(f"{row.role_title}: {row.skill_title}, {figures.shortfall_fte:.2f} of {figures.needed_fte:.2f} FTE short")
