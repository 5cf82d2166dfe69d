from concurrent.futures import ThreadPoolExecutor

import pytest

from resolver.errors import ConflictError, GoneError, ReusedError, TooLittleError, UsageError
from resolver.judgement import Verdict
from resolver.paths.creating import OnDuplicate, Rule, Wish
from resolver.paths.matching import Decision
from resolver.store.answers import Answer, Asked
from tests.resolver.store.living import ANN, BOB, contact, counts_of, differences, dump, frame, groups, key, trained

ALERT, ATTACH, CREATE = OnDuplicate
ANNIE = contact("7", "Annie", "Lee", "ann.lee@x.com", source="form")
ASKED = Asked("key-1", "what", "ann")


@pytest.fixture
def known(store, tmp_path):
    return filled(store(tmp_path / "contacts.db", trained()))


@pytest.fixture
def wherever(store, url):
    """The same on each kind of database."""
    return filled(store(url, trained()))


def filled(resolver):
    resolver.upsert(ANN, BOB)
    return resolver


def create(resolver, person, on_duplicate=ALERT):
    """What becomes of a wish."""
    told = []
    resolver.create(Wish(person, on_duplicate, "ann"), lambda outcome: told.append(outcome) or Answer(0, ""))
    return told[0]


def test_who_is_like_nobody_is_created(known):
    made = create(known, contact("8", "Zoe", "Quist", "zoe@quist.se"))
    assert (made.is_new, made.rule, made.matches, made.entity.records) == (True, None, (), ("crm:8",))
    assert [str(event.kind) for event in made.events] == ["created"]


def test_who_is_there_already_is_not_written_and_is_told(known):
    before, counts = dump(known), counts_of(known)
    made = create(known, ANNIE)
    assert (made.entity, made.rule, made.allow_save) == (None, Rule.SAME_PERSON, True)
    assert [found.entity.records for found in made.matches] == [("crm:1",)]
    assert (dump(known), counts_of(known)) == (before, counts)


def test_who_is_there_already_can_be_attached(wherever):
    made = create(wherever, ANNIE, ATTACH)
    assert (made.is_new, made.rule, made.entity.records) == (False, Rule.SAME_PERSON, ("crm:1", "form:7"))
    assert groups(wherever) == [["crm:1", "form:7"], ["crm:3"]]


def test_attached_or_not_the_store_is_what_a_batch_gives(known):
    create(known, ANNIE, ATTACH)
    create(known, contact("8", "Zoe", "Quist", "zoe@quist.se"), ATTACH)
    assert differences(known, known.records()) == []


def test_who_is_there_already_can_be_created_as_another_person_until_that_is_taken_back(wherever):
    made = create(wherever, ANNIE, CREATE)
    assert (made.is_new, made.rule, made.entity.records) == (True, Rule.SAME_PERSON, ("form:7",))
    assert groups(wherever) == [["crm:1"], ["crm:3"], ["form:7"]]
    assert wherever.problems(deep=True) == []
    wherever.undo(made.act, who="bob")
    assert groups(wherever) == [["crm:1", "form:7"], ["crm:3"]]


def test_creating_another_person_who_is_like_nobody_needs_no_verdict(known):
    made = create(known, contact("8", "Zoe", "Quist", "zoe@quist.se"), CREATE)
    assert (made.is_new, made.act, made.rule) == (True, None, None)


@pytest.mark.parametrize("on_duplicate", [ALERT, CREATE])
def test_the_very_record_is_not_created_twice(known, on_duplicate):
    made = create(known, ANN.model_copy(update={"given_name": "Zoe"}), on_duplicate)
    assert (made.entity, made.rule, made.allow_save) == (None, Rule.SAME_RECORD, False)
    assert made.matches[0].entity.records == ("crm:1",)
    assert "Zoe" not in str(dump(known))


def test_attaching_the_very_record_brings_it_up_to_date(known):
    made = create(known, ANN.model_copy(update={"middle_name": "May"}), ATTACH)
    assert (made.rule, made.entity.golden["middle_name"]) == (Rule.SAME_RECORD, "May")


def test_a_deleted_record_can_be_created_again(known):
    known.delete(key(ANN))
    assert create(known, ANN).is_new


def test_likeness_that_something_else_outweighs_is_told_too(known):
    known.upsert(ANNIE)
    known.judge(key(ANNIE), key(ANN), Verdict.DIFFERENT, who="ann")
    known.delete(key(ANNIE))
    made = create(known, ANNIE)
    assert made.rule in (Rule.SAME_PERSON, Rule.LIKELY_SAME_PERSON)
    assert made.entity is None


def test_creating_another_person_against_what_people_said_is_refused_and_leaves_nothing(known):
    known.upsert(ANNIE)
    known.judge(key(ANNIE), key(ANN), Verdict.SAME, who="ann")
    known.delete(key(ANNIE))
    counts = counts_of(known)
    with pytest.raises(ConflictError):
        create(known, ANNIE, CREATE)
    assert counts_of(known) == counts


def test_who_says_nothing_to_be_found_by_is_not_created(known):
    with pytest.raises(TooLittleError):
        create(known, contact("8", None, None))


def test_who_was_forgotten_is_not_created(known):
    known.forget(key(ANN))
    with pytest.raises(GoneError):
        create(known, ANN)


def test_nobody_is_created_in_a_store_without_a_model(store, tmp_path):
    with pytest.raises(UsageError, match="no model yet"):
        create(store(tmp_path / "contacts.db"), ANN)


def answered(resolver, person, asked=ASKED, on_duplicate=ALERT):
    def tell(outcome):
        names = [found.entity.records for found in outcome.matches]
        return Answer(201 if outcome.is_new else 409, f'{{"{outcome.wish.contact.record_key}": {names}}}')

    return resolver.create(Wish(person, on_duplicate, "ann"), tell, asked)


def test_the_same_key_is_answered_the_same_and_done_once(known):
    once, again = answered(known, ANNIE, on_duplicate=CREATE), answered(known, BOB)
    assert (once[0], once[1], again[1]) == (again[0], False, True)
    assert groups(known) == [["crm:1"], ["crm:3"], ["form:7"]]


def test_what_was_not_written_is_answered_the_same_too(known):
    once = answered(known, ANNIE)
    known.delete(key(ANN))
    assert answered(known, ANNIE) == (once[0], True)


def test_another_question_under_the_key_is_refused(known):
    answered(known, ANNIE)
    with pytest.raises(ReusedError):
        answered(known, ANNIE, Asked("key-1", "something else", "ann"))


def test_a_question_that_failed_may_be_asked_again(known):
    with pytest.raises(TooLittleError):
        answered(known, contact("8", None, None))
    assert answered(known, ANNIE)[1] is False


def test_many_who_ask_under_one_key_at_once_get_one_answer(wherever):
    zoes = [contact(str(number), "Zoe", "Quist", "z@q.se", source="form") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda zoe: answered(wherever, zoe), zoes))
    assert len({answer for answer, _ in found}) == 1
    assert [again for _, again in found].count(False) == 1
    assert [entity.golden["email"] for entity in wherever.entities()].count("z@q.se") == 1


def test_an_answer_that_names_a_forgotten_record_is_forgotten(wherever):
    wherever.create(
        Wish(ANNIE, ALERT, "ann"),
        lambda outcome: Answer(409, f'{{"matches": ["{outcome.matches[0].entity.records[0]}"], "name": "Ann Lee"}}'),
        ASKED,
    )
    wherever.forget(key(ANN))
    with pytest.raises(GoneError):
        answered(wherever, ANNIE)


def test_a_match_that_is_shown_is_the_one_that_is_joined(known):
    made = create(known, ANNIE)
    assert made.matches[0].match.decision == Decision.AUTO
    known.take(frame(ANNIE))
    assert groups(known) == [["crm:1", "form:7"], ["crm:3"]]
