"""Random walks: contacts that come, change and go in a store while people judge, and what is then to be true of it."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.paths.judging import ConflictError
from resolver.store.journal import Kind
from tests.resolver.store.living import KEY, dump, on_switchboard, people, trained

PEOPLE = 36
"""Records of a walk, besides the copies; enough on one switchboard to cross the caps and all levels of sharing."""
COPIES = 14
"""Records that say the same: more than `steps.copies.MANY`."""
CHANGES = {
    "arrive": 5,
    "change": 3,
    "leave": 2,
    "back": 1,
    "ring": 1,
    "unring": 1,
    "copy": 1,
    "tear": 1,
    "reload": 1,
    "train": 1,
}
"""What can happen to records, and how often in proportion."""
ACTS = {"judge": 3, "again": 1, "merge": 2, "split": 1, "undo": 2}


def _pool(rng):
    """What records can say. Near rows of the generator's order are strangers; some of one person are added."""
    begin = rng.randrange(0, len(people()) - 3 * PEOPLE)
    return people().sort("family_name", "given_name", "record_id").slice(begin, PEOPLE)


class Walk:
    """One sequence. What each record says in the end is kept beside the store, for the batch."""

    def __init__(self, resolver, seed):
        self.resolver, self.rng = resolver, random.Random(seed)
        with resolver.database.reading() as connection:
            self.clean = resolver.frozen(connection).clean
        self.pool = _pool(self.rng)
        self.keys = list(self.pool.select("source", "record_id").iter_rows())
        self.copies = [("webform", f"copy{number}") for number in range(COPIES)]
        self.held = {}  # key -> (row of the pool, whether on the switchboard, whether deleted)
        self.acts, self.told, self.snapshots, self.ids = [], [], [], {}

    def says(self, keys):
        """RECORDS of some records as they are to be now."""
        rows, rings, gone = zip(*(self.held[key] for key in keys), strict=True)
        found = self.pool[list(rows)].with_columns(rings=pl.Series(rings))
        parts = [found.filter(~pl.col("rings")), on_switchboard(found.filter("rings"))]
        order = [place for want in (False, True) for place, ring in enumerate(rings) if ring is want]
        both = pl.concat([part.drop("rings") for part in parts])
        sources, ids = zip(*(keys[place] for place in order), strict=True)
        return both.with_columns(
            pl.Series("source", sources),
            pl.Series("record_id", ids),
            pl.Series("deleted", [gone[place] or None for place in order], dtype=pl.Boolean),
        ).with_columns(KEY)

    def final(self):
        """RECORDS of all records that ever came."""
        return self.says(list(self.held))

    def some(self, keys, *sizes):
        """Some keys, drawn."""
        keys = sorted(keys)
        return self.rng.sample(keys, min(len(keys), self.rng.choice(sizes)))

    def live(self):
        return [key for key, (_, _, gone) in self.held.items() if not gone]

    # --- records -----------------------------------------------------------------------------------------------------

    def take(self, keys):
        if keys:
            self.resolver.take(self.says(keys))

    def arrive(self):
        new = self.some([key for key in self.keys if key not in self.held], 1, 4, 20, PEOPLE)
        self.held |= {key: (self.keys.index(key), False, False) for key in new}
        self.take(new)

    def change(self):
        """Records say what another record of the pool says, so that some move from one person to another."""
        some = self.some(self.held, 1, 2, 8)
        self.held |= {key: (self.rng.randrange(PEOPLE), self.held[key][1], False) for key in some}
        self.take(some)

    def leave(self):
        some = self.some(self.live(), 1, 3, 20)
        self.held |= {key: (*self.held[key][:2], True) for key in some}
        if some:
            self.resolver.delete(*some)

    def back(self):
        some = self.some(set(self.held) - set(self.live()), 1, 10)
        self.held |= {key: (*self.held[key][:2], False) for key in some}
        self.take(some)

    def ring(self):
        some = self.some(self.live(), 1, 12, PEOPLE)
        self.held |= {key: (self.held[key][0], True, False) for key in some}
        self.take(some)

    def unring(self):
        some = self.some([key for key in self.live() if self.held[key][1]], 1, PEOPLE)
        self.held |= {key: (self.held[key][0], False, False) for key in some}
        self.take(some)

    def copy(self):
        row = self.held[self.copies[0]][0] if self.copies[0] in self.held else self.rng.randrange(PEOPLE)
        some = self.some(self.copies[1:], 3, COPIES)
        self.held |= dict.fromkeys((self.copies[0], *some), (row, False, False))
        self.take([self.copies[0], *some])

    def tear(self):
        """Copies go, the first of them too."""
        some = self.some([key for key in self.copies if key in self.live()], 1, 5)
        self.held |= {key: (*self.held[key][:2], True) for key in some}
        if some:
            self.resolver.delete(*some)

    def reload(self):
        """An export comes again: nothing happens."""
        if self.live():
            taken = self.resolver.take(self.says(self.some(self.live(), 5, PEOPLE)))
            assert (taken.new, taken.changed, list(taken.events)) == (0, 0, [])

    def train(self):
        """Another model, by which a source holds nobody twice, or may again."""
        self.clean = () if self.clean else ("billing",)
        self.resolver.use(replace(trained(self.clean), tenant=self.resolver.tenant))

    # --- people ------------------------------------------------------------------------------------------------------

    def judge(self):
        if len(self.live()) > 1:
            self.say(*self.rng.sample(sorted(self.live()), 2), self.rng.choice(list(Verdict)))

    def again(self):
        """Somebody speaks of a pair that was spoken of before."""
        if self.told:
            self.say(*self.rng.choice(self.told), self.rng.choice(list(Verdict)))

    def say(self, left, right, verdict):
        self.told.append((left, right))
        self.acts.append(self.resolver.judge(left, right, verdict, who="ann").act)

    def merge(self):
        entities = self.resolver.entities()
        if len(entities) > 2:
            chosen = self.rng.sample(sorted(one.entity_id for one in entities), self.rng.choice((2, 3)))
            self.acts.append(self.resolver.merge(*chosen, who="bob").act)

    def split(self):
        several = [entity for entity in self.resolver.entities() if len(entity.records) > 1]
        if several:
            entity = self.rng.choice(several)
            go = self.rng.sample(entity.records, self.rng.randrange(1, len(entity.records)))
            self.acts.append(self.resolver.split(entity.entity_id, *map(_key, go), who="cy").act)

    def undo(self):
        if self.acts:
            self.acts.append(self.resolver.undo(self.rng.choice(self.acts), who="dee").act)

    # --- the walk ----------------------------------------------------------------------------------------------------

    def go(self, steps, kinds):
        """Takes some steps, and looks at the ids after each. What people may not say, they do not."""
        names, weights = zip(*kinds.items(), strict=True)
        self.arrive()
        before = self.remember()
        for name in self.rng.choices(names, weights, k=steps):
            try:
                getattr(self, name)()
            except ConflictError:
                pass  # what is said already stands
            except UsageError as error:
                if name != "undo" or "undone before" not in str(error):
                    raise
            now = self.remember()
            self.look_at_ids(before, now)
            before = now
        return self

    def remember(self):
        state = dump(self.resolver)
        self.snapshots.append((datetime.now(UTC), state))
        return state

    def look_at_ids(self, before, now):
        """An id stands for the entity that holds its record, or else for where its entity's records went."""
        home = {key: entity for entity, (records, _) in now.items() for key in records}
        for entity, (records, _) in before.items():
            if entity not in now:
                went = sorted({home[key] for key in records if key in home})
                found = sorted(one.entity_id for one in self.resolver.entity(entity))
                assert found == went or (len(found) == 1 and found[0] in went), (entity, found, went)

    def replayed(self):
        """The ids that there are, by the feed alone."""
        here, cursor = set(), 0
        while changes := self.resolver.changes(after=cursor, limit=7):
            for change in changes:
                if change.kind == Kind.CREATED:
                    here.add(change.entity_id)
                elif change.kind in (Kind.MERGED, Kind.DELETED) or (
                    change.kind == Kind.SPLIT and change.entity_id not in change.into
                ):
                    here.discard(change.entity_id)
            cursor = changes[-1].cursor
        return here


def _key(text):
    source, _, record_id = text.partition(":")
    return source, record_id
