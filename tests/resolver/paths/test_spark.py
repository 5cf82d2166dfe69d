"""The same contacts on Spark and on polars. Java is needed; where there is none these tests are skipped by name."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.generate import generate
from resolver.contact import Consent, Contact, Email, ExternalId, Organisation, Phone, frame_of
from resolver.errors import UsageError
from resolver.frames import RECORD_KEY
from resolver.judgement import Judgement, Verdict, told_frame
from resolver.paths.batch import Watch, resolve
from resolver.paths.freezing import freeze
from resolver.paths.options import Options
from resolver.sources.inputs import read
from rules.ruleset import Ruleset
from tests.resolver.commands.shell import said
from tests.soak import SOAK

RULES = Ruleset.default()
FRAMES = ("clusters", "golden", "pairs", "review", "records", "normalised")
JAVA = shutil.which("java") or os.environ.get("JAVA_HOME")
SWITCHBOARD = "+1 312 555 0100"

pytestmark = [
    pytest.mark.skipif(JAVA is None, reason="there is no Java on this machine, which Spark needs"),
    pytest.mark.xdist_group("spark"),  # one JVM is enough
]


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "1g")
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.sql.session.timeZone", "America/New_York")
    # Little data: what Spark and Java would compile for it costs more than it saves.
    builder = builder.config("spark.sql.codegen.wholeStage", "false").config(
        "spark.sql.codegen.factoryMode", "NO_CODEGEN"
    )
    # One JVM, and few tasks: more plans, threads and garbage collectors than these need cost more than they save.
    builder = builder.config("spark.sql.adaptive.enabled", "false")
    builder = builder.config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    session = builder.config("spark.executorEnv.POLARS_MAX_THREADS", "1").getOrCreate()
    yield session
    session.stop()


@dataclass(frozen=True)
class Case:
    """Contacts, what is known besides, and how they lie: partitions when they come and when they are shuffled."""

    records: pl.DataFrame
    options: Options
    parts: int
    batch: int
    pause: float = 60


def contact(number, **more):
    return Contact(source=more.pop("source", "crm"), record_id=f"x{number}", **more)


def odd_people():
    """Contacts that show all that a part of the records cannot tell by itself."""
    many = [
        contact(number, given_name="Ann", family_name="Lee", emails=[Email(raw=f"ann.lee{number % 4}@lee.org")])
        for number in range(60)
    ]
    same = [contact(number, full_name="Bo Ray", emails=[Email(raw="bo@ray.net")]) for number in range(100, 125)]
    empty = [contact(number) for number in range(200, 205)]
    line = [
        contact(number, given_name=given, family_name=family, phones=[Phone(raw=SWITCHBOARD)])
        for number, (given, family) in enumerate([("Al", "Ode"), ("Ida", "Roe"), ("Max", "Poe"), ("Eva", "Doe")], 300)
    ]
    erp = [ExternalId(system="erp", raw="77")]
    bouncing = [
        contact(400, given_name="Cy", family_name="Ott", emails=[Email(raw="cy@ott.com")], external_ids=erp),
        contact(401, source="web", family_name="Ott", external_ids=erp, bounce_unattributed={"reason": "full"}),
        contact(402, source="web", given_name="Cy", family_name="Ott", emails=[Email(raw="cy@ott.com")]),
    ]
    yes, no = ([Consent(channel="email", state=state)] for state in ("granted", "denied"))
    asked = {"given_name": "Di", "family_name": "Umm", "emails": [Email(raw="di@umm.io")]}
    consents = [
        contact(500, consent=yes, **asked),
        contact(501, consent=no, organisations=[Organisation(name="Umm \x1e Sons", title="Head")], **asked),
        contact(502, consent=no, deleted=True, **asked),
    ]
    twins = [contact(600, source=source, full_name="7") for source in ("crm", "web")]
    return frame_of([*many, *same, *empty, *line, *bouncing, *consents, *twins]).with_columns(RECORD_KEY)


def population(rows):
    """Generated contacts, all on one switchboard but for the first ones, beside the odd people."""
    found = read([generate(rows, 7).drop("truth_id")]).records
    phones = pl.concat_list(pl.struct(raw=pl.lit(SWITCHBOARD)))
    shared = pl.int_range(pl.len()) >= rows // 2
    found = found.with_columns(
        phones=pl.when(shared)
        .then(phones)
        .otherwise(pl.col("phones").list.eval(pl.struct(raw=pl.element().struct["raw"])))
    )
    return pl.concat([found, odd_people()], how="diagonal_relaxed")


def told():
    """Verdicts on the odd people: a join, a refusal between entities, and nobody knows."""
    said = [("crm:x300", "crm:x301", Verdict.SAME), ("crm:x0", "crm:x1", Verdict.DIFFERENT)]
    said += [("crm:x302", "crm:x303", Verdict.UNSURE), ("crm:x400", "nobody", Verdict.SAME)]
    return told_frame([Judgement(left, right, verdict) for left, right, verdict in said])


def judged():
    return Options(judgements=told(), clean=("billing",))


def frozen_by(records):
    found = freeze(records, RULES, None, "")
    return Options(models={"": found.model}, references={"": found.reference})


def computed(spark, case, out, watch=None):
    from resolver.paths.spark import Scale, dedupe
    from resolver.paths.spark.arrow import away

    spark.conf.set("spark.sql.shuffle.partitions", str(case.parts))
    frame = away(spark, case.records.sample(fraction=1, shuffle=True, seed=1)).repartition(case.parts)
    scale = Scale(batch=case.batch, bucket=max(300, len(case.records) // 8), pause=case.pause)
    return dedupe(frame, out.as_uri(), RULES, case.options, scale=scale, watch=watch).home()


def plain(result, name):
    """A frame of a result without what no reader sees: lines as Spark counts them, the order of columns."""
    frame = getattr(result, name)
    return frame.select(sorted(frame.columns)).with_columns(pl.col(pl.Enum).cast(pl.String))


def flat(frame):
    """A frame whose provenance is columns of their own: in a struct their order would count."""
    if "provenance" not in frame.columns:
        return frame
    origins = frame["provenance"].struct.unnest()
    return frame.drop("provenance").hstack(origins.rename(lambda name: f"provenance.{name}"))


def numbers_in(facts):
    """All that nested facts say, by where they say it."""
    told = {}
    for name, fact in facts.items():
        told |= (
            {f"{name}.{part}": one for part, one in numbers_in(fact).items()}
            if isinstance(fact, dict)
            else {name: fact}
        )
    return told


def must_equal(found, wanted):
    for name in FRAMES:
        assert_frame_equal(plain(found, name), plain(wanted, name), check_exact=False)
    for fact in ("records", "excluded", "entities", "pairs_compared", "pairs_written", "review_cases", "judgements"):
        assert found.run[fact] == wanted.run[fact], fact
    mine, theirs = found.run["tenants"], wanted.run["tenants"]
    assert [*mine] == [*theirs]
    for tenant in mine:
        for fact in ("shared_values", "suppress", "fields", "model_warnings"):
            assert mine[tenant][fact] == theirs[tenant][fact], fact
        for fact in ("estimates", "thresholds"):
            assert numbers_in(mine[tenant][fact]) == pytest.approx(numbers_in(theirs[tenant][fact])), fact
        assert [family["pairs"] for family in mine[tenant]["families"]] == [
            family["pairs"] for family in theirs[tenant]["families"]
        ]


def test_spark_gives_what_polars_gives_of_odd_people_too(spark, tmp_path):
    case = Case(population(1300), judged(), parts=7, batch=1000)
    must_equal(computed(spark, case, tmp_path), resolve(case.records, RULES, case.options))


def test_a_run_by_a_frozen_model_goes_on_where_it_broke(spark, tmp_path, monkeypatch):
    from resolver.paths.spark import run

    people = read([generate(3000, 7).drop("truth_id")]).records
    case = Case(people, frozen_by(people.head(2000)), parts=2, batch=100_000, pause=0)
    made, again = [], []
    with monkeypatch.context() as broken:
        broken.setattr(run, "accounted", lambda *_: pytest.fail("the machine went down"))
        with pytest.raises(pytest.fail.Exception):
            computed(spark, case, tmp_path, Watch(made.append))
    must_equal(computed(spark, case, tmp_path, Watch(again.append)), resolve(people, RULES, case.options))
    assert {"contacts", "groups", "scored", "entities"} <= set(made)
    assert set(made) & set(again) == {"look"}


def test_the_command_line_gives_what_it_gives_by_polars_tenant_by_tenant(spark, tmp_path):
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    file = tmp_path / "people.csv"
    people = generate(300, 7).drop("truth_id").with_row_index("tenant")
    # one tenant with two contacts that never meet
    whose = pl.when(pl.col("tenant") < 2).then(pl.lit("few")).otherwise(pl.lit("many"))
    people.with_columns(tenant=whose).write_csv(file)
    for engine in ("spark", "polars"):
        said("dedupe", file, "--out", tmp_path / engine, "--engine", engine)
    for name in FRAMES:
        mine, theirs = (pl.read_parquet(tmp_path / engine / f"{name}.parquet") for engine in ("spark", "polars"))
        assert_frame_equal(flat(mine).select(flat(theirs).columns), flat(theirs))
    assert (tmp_path / "spark" / "report.html").exists()
    assert not (tmp_path / "spark" / "spark").exists()


SOAKED = pytest.mark.skipif(SOAK is None, reason="make soak does this")


@SOAKED
def test_spark_gives_what_polars_gives_of_a_hundred_thousand(spark, tmp_path):
    people = read([generate(100_000, int(SOAK or 0)).drop("truth_id")]).records
    must_equal(computed(spark, Case(people, Options(), parts=8, batch=100_000), tmp_path), resolve(people, RULES))


@SOAKED
def test_spark_gives_what_polars_gives_by_a_model_without_its_reference(spark, tmp_path):
    people = read([generate(600, 7).drop("truth_id")]).records
    case = Case(people, Options(models=frozen_by(people).models), parts=1, batch=1000)
    must_equal(computed(spark, case, tmp_path), resolve(case.records, RULES, case.options))


@SOAKED
def test_contacts_that_say_nothing_are_somebody_each(spark, tmp_path):
    people = frame_of([contact(1), contact(2)]).with_columns(RECORD_KEY)
    must_equal(computed(spark, Case(people, Options(), parts=2, batch=1000), tmp_path), resolve(people, RULES))


@SOAKED
def test_contacts_that_are_all_deleted_meet_nobody(spark, tmp_path):
    people = population(20).with_columns(deleted=pl.lit(value=True))
    found = computed(spark, Case(people, Options(), parts=2, batch=1000), tmp_path)
    assert_frame_equal(plain(found, "clusters"), plain(resolve(people, RULES), "clusters"))
    assert (len(found.golden), len(found.pairs), len(found.review)) == (0, 0, 0)


def test_what_another_run_left_behind_is_made_anew(spark, tmp_path):
    from resolver.paths.spark.work import Scale, Work

    def begun(run):
        return Work.begun(spark, tmp_path.as_uri(), run, Scale(pause=0), Watch())

    first = begun("first")
    assert first.note("facts", lambda: {"number": 1}) == {"number": 1}
    assert first.stage("numbers", lambda: spark.range(3)).count() == 3
    assert begun("first").note("facts", lambda: pytest.fail("they are known")) == {"number": 1}
    assert begun("first").stage("numbers", lambda: pytest.fail("they are saved")).count() == 3
    assert begun("second").stage("numbers", lambda: spark.range(5)).count() == 5
    assert begun("first").stage("numbers", lambda: pytest.fail("they are saved")).count() == 3


def test_a_run_is_named_by_all_that_it_depends_on(spark):
    from resolver.paths.spark.arrow import away
    from resolver.paths.spark.contacts import Sight
    from resolver.paths.spark.run import _fingerprint

    def name_of(people, options):
        found = away(spark, people)
        return _fingerprint(found, Sight.of(found), RULES, options)

    people = odd_people()
    named = name_of(people, Options())
    assert name_of(people.sample(fraction=1, shuffle=True, seed=1), Options()) == named
    assert name_of(people.head(-1), Options()) != named
    assert name_of(people, judged()) != named


def edges():
    """A chain of a thousand, a hub, and pairs at random, in an order that says nothing."""
    rng = np.random.default_rng(0)
    chain = np.stack((np.arange(1000), np.arange(1, 1001))) * 7 % 10_007
    hub = np.stack((np.full(300, 20_000), 20_001 + np.arange(300)))
    rest = 30_000 + rng.integers(0, 400, (2, 300))
    left, right = np.concatenate((chain, hub, rest[:, rest[0] != rest[1]]), axis=1)
    found = pl.DataFrame({"left": np.minimum(left, right), "right": np.maximum(left, right)})
    return found.unique(maintain_order=True).sample(fraction=1, shuffle=True, seed=2)


def test_stars_connect_what_the_driver_connects(spark, tmp_path):
    from resolver.paths.spark.arrow import away, home
    from resolver.paths.spark.hanging import on_driver, roots
    from resolver.paths.spark.parcels import BESIDES, opened, uncut
    from resolver.paths.spark.work import Scale, Work

    spark.conf.set("spark.sql.shuffle.partitions", "2")
    work = Work.begun(spark, tmp_path.as_uri(), "stars", Scale(edges=0), Watch())
    told = away(spark, uncut(edges(), BESIDES))
    found = opened(home(roots(work, told, len(edges()), 3)), {}).sort("row")
    assert_frame_equal(found.select("row", "root"), on_driver(edges()).sort("row"))


def test_the_session_is_left_as_it_was(spark):
    from resolver.paths.spark.work import Scale, configured

    with configured(spark, Scale(batch=7)):
        assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
        assert spark.conf.get("spark.sql.execution.arrow.maxRecordsPerBatch") == "7"
    assert spark.conf.get("spark.sql.session.timeZone") == "America/New_York"


def test_contacts_without_ids_are_refused(spark, tmp_path):
    from resolver.paths.spark import dedupe

    with pytest.raises(UsageError, match="no column record_id"):
        dedupe(spark.range(1).selectExpr("'crm' as source"), tmp_path.as_uri())
    with pytest.raises(UsageError, match="target precision"):
        dedupe(spark.range(1), tmp_path.as_uri(), options=Options(target_precision=0.9))


def test_no_row_by_row_function_and_no_context_is_used():
    for path in Path(run_folder()).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in ("sparkContext", ".rdd", "udf(", "toPandas", "collect()") if word in text], path


def run_folder():
    return importlib.util.find_spec("resolver.paths.spark").submodule_search_locations[0]


def over_connect(folder):
    """Resolves a few contacts by a Spark Connect session, in a process that has no other."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.remote("local[2]").config("spark.sql.shuffle.partitions", "1")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    people = read([generate(120, 7).drop("truth_id")]).records
    case = Case(people, frozen_by(people), parts=1, batch=1000)
    must_equal(computed(session, case, Path(folder)), resolve(people, RULES, case.options))
    session.stop()


@SOAKED
@pytest.mark.skipif(importlib.util.find_spec("grpc") is None, reason="grpcio is not installed, which Connect needs")
def test_a_session_of_spark_connect_gives_the_same(tmp_path):
    code = f"from tests.resolver.paths.test_spark import over_connect; over_connect({str(tmp_path)!r})"
    here = {**os.environ, "PYSPARK_PYTHON": sys.executable, "POLARS_MAX_THREADS": "1"}
    ran = subprocess.run([sys.executable, "-c", code], env=here, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
