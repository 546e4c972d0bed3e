"""The analysis of the made-up nation on DuckDB: the same figures from the same rows, and how long they take.

    beside.py load CSV_FOLDER DATABASE
    beside.py measure DATABASE AS_OF ORGANISATION RUNS

"measure" prints JSON: for the nation (by region, family and period) and for one organisation (each required skill
of each role in each period) the rows, the time of the first query on a database just opened, the times of
the next, and the peak memory.
"""

import json
import resource
import sys
import time

import duckdb

TABLES = {
    "organisations": "name TEXT, title TEXT, parent TEXT, region_code TEXT",
    "skills": "name TEXT, title TEXT, category TEXT",
    "roles": "name TEXT, title TEXT, family TEXT",
    "requirements": "name TEXT, skill TEXT, minimum_level INTEGER, importance TEXT,"
    " weight DECIMAL(15, 5), minimum_holders INTEGER",
    "targets": "name TEXT, organisation TEXT, role TEXT, period_end_date DATE,"
    " needed_fte DECIMAL(15, 5), funded_fte DECIMAL(15, 5)",
    "staffing": "name TEXT, subject TEXT, role TEXT, headcount INTEGER, fte DECIMAL(15, 5),"
    " start_date DATE, end_date DATE",
    "assessments": "name TEXT, subject TEXT, skill TEXT, level INTEGER, headcount INTEGER,"
    " fte DECIMAL(15, 5), assessed_date DATE, valid_until_date DATE",
}

# What a name lies under, for those that lie under something.
PARENTS = {"requirements": "/requirements/", "staffing": "/staffing/", "assessments": "/assessments/"}

# A person counts with the FTE of the post and by the valid assessment of the newest day, of several on that day
# the highest; a group with the FTE of each of its assessments of the newest day on which one is valid. In the
# made-up nation no group was assessed beyond those in post, and every minimum level is 1 or above.
CELLS = """
WITH posts AS (
    SELECT parent, role, subject, sum(fte) AS fte, bool_and(headcount = 1) AS person,
        row_number() OVER () AS post
    FROM staffing
    WHERE start_date <= $as_of AND (end_date IS NULL OR end_date > $as_of) AND {scope_parent}
    GROUP BY parent, role, subject
), in_post AS (
    SELECT parent, role, sum(fte) AS fte FROM posts GROUP BY ALL
), asked AS (
    SELECT post, requirements.rowid AS requirement, posts.parent, subject, skill, minimum_level, person,
        fte
    FROM posts JOIN requirements ON requirements.parent = posts.role
), known AS MATERIALIZED (
    SELECT post, requirement, assessed_date AS day, person, level, level >= minimum_level AS enough,
        valid_until_date IS NULL OR valid_until_date >= $as_of AS valid,
        CASE WHEN person THEN asked.fte ELSE assessments.fte END AS fte,
        CASE WHEN person THEN 1 ELSE assessments.headcount END AS heads
    FROM asked JOIN assessments ON assessments.parent = asked.parent
        AND assessments.subject = asked.subject AND assessments.skill = asked.skill
    WHERE assessed_date <= $as_of
), latest AS (
    SELECT post, requirement, coalesce(max(day) FILTER (valid), max(day)) AS day FROM known GROUP BY ALL
), current AS (
    SELECT known.* FROM known JOIN latest USING (post, requirement, day)
    QUALIFY NOT person
        OR row_number() OVER (PARTITION BY post, requirement ORDER BY valid DESC, level DESC) = 1
), standing AS (
    SELECT parent AS organisation, role, requirement,
        sum(current.fte) FILTER (valid AND enough) AS skilled,
        sum(current.fte) FILTER (valid AND NOT enough) AS below,
        sum(current.fte) FILTER (NOT valid) AS expired,
        sum(heads) FILTER (valid AND enough) AS holders
    FROM current JOIN posts USING (post) GROUP BY ALL
), cells AS (
    SELECT targets.organisation, targets.role, requirements.skill, period_end_date, minimum_holders,
        weight, needed_fte AS needed, funded_fte AS funded, coalesce(in_post.fte, 0) AS in_post,
        coalesce(skilled, 0) AS skilled, coalesce(below, 0) AS below, coalesce(expired, 0) AS expired,
        coalesce(holders, 0) AS holders
    FROM targets
    JOIN requirements ON requirements.parent = targets.role
    LEFT JOIN in_post ON in_post.parent = targets.organisation AND in_post.role = targets.role
    LEFT JOIN standing ON standing.organisation = targets.organisation
        AND standing.role = targets.role AND standing.requirement = requirements.rowid
    WHERE {scope_target}
)
"""

NATION = CELLS.format(scope_parent="true", scope_target="true") + """
SELECT region_code, family, period_end_date::TEXT AS period, count(*) AS parts, sum(needed), sum(funded), sum(in_post), sum(skilled),
    sum(below), sum(expired), sum(greatest(needed - skilled, 0)), sum(greatest(skilled - needed, 0)),
    sum(least(needed, skilled)), sum(weight * greatest(needed - skilled, 0)),
    count_if(needed > 0 AND (holders < minimum_holders OR holders <= 1))
FROM cells
JOIN organisations ON organisations.name = cells.organisation
JOIN roles ON roles.name = cells.role
GROUP BY ALL ORDER BY region_code, family, period
"""

ORGANISATION = CELLS.format(
    scope_parent="parent = $organisation", scope_target="targets.organisation = $organisation"
) + """
SELECT role, skill, period_end_date::TEXT, needed, funded, in_post, skilled, below, expired,
    greatest(needed - skilled, 0), greatest(skilled - needed, 0), holders
FROM cells ORDER BY role, skill, period_end_date
"""


def load(folder, database):
    connection = duckdb.connect(database)
    for table, columns in TABLES.items():
        connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        connection.execute(f"COPY {table} FROM '{folder}/{table}.csv' (HEADER)")
        if table in PARENTS:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN parent TEXT")
            connection.execute(f"UPDATE {table} SET parent = split_part(name, '{PARENTS[table]}', 1)")
    connection.close()


def measure(database, as_of, organisation, runs):
    began = time.perf_counter()
    connection = duckdb.connect(database, read_only=True)
    connection.execute("SET threads = 2")
    queries = {
        "nation": (NATION, {"as_of": as_of}),
        "organisation": (ORGANISATION, {"as_of": as_of, "organisation": organisation}),
    }
    which = sys.argv[6:] or list(queries)
    answer = {}
    for name in which:
        query, parameters = queries[name]
        times = []
        for _ in range(1 + runs):
            rows = connection.execute(query, parameters).fetchall()
            times.append(time.perf_counter() - began)
            began = time.perf_counter()
        rows = [[str(cell) for cell in row] for row in rows]
        answer[name] = {"rows": rows, "cold": times[0], "warm": times[1:]}
    answer["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "load":
        load(sys.argv[2], sys.argv[3])
    else:
        measure(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
