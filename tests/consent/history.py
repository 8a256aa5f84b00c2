"""One history: what patients, relatives, staff and the clock can do, each in the portal and in the model alike."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from portal.cast import PRIYA, RUTH, ZONE
from portal.services import consents, holds, invalid_consents, leaving
from tests.conftest import MORNING
from tests.consent.driving import Portal
from tests.consent.model import LEVELS, Mail, Model, Person, Signed
from tests.consent.small_clinic import COMES_OF_AGE, PAIRS, PATIENTS, RELATIVES, Pair

UPDATES = ["going", "plan", "leave"]
EVERYTHING = ["times", "family", *UPDATES]
pairs = st.sampled_from(PAIRS)
patients = st.sampled_from(list(PATIENTS))
scopes = st.sampled_from(EVERYTHING)
some_scopes = st.sets(scopes, min_size=1)
many_scopes = st.sets(scopes, min_size=3)
things_to_post = st.tuples(patients, st.sampled_from(UPDATES))
levels = st.sampled_from(LEVELS)
days = st.integers(1, 90)


class History(RuleBasedStateMachine):
    """`portal` is the real one, `model` what was promised."""

    portal: Portal

    def __init__(self) -> None:
        super().__init__()
        self.portal.begin_anew()
        of_age = {"Samwell": MORNING.date() - dt.timedelta(days=9000), "Kitrin": COMES_OF_AGE}
        self.model = Model(MORNING, ZONE, {name: Person(of_age[name]) for name in PATIENTS})
        self.open_holds: list[tuple[str, str | None, str]] = []
        self.count = 0

    @initialize(
        signed=st.fixed_dictionaries(dict.fromkeys(PAIRS, many_scopes)),
        with_program=st.sets(pairs),
        invited=st.sets(pairs),
        posted=st.sets(things_to_post, max_size=3),
    )
    def begin(
        self,
        signed: dict[Pair, set[str]],
        with_program: set[Pair],
        invited: set[Pair],
        posted: set[tuple[str, str]],
    ) -> None:
        """Histories are about people who share something already; some did not accept yet, some have mail to come."""
        for pair, what in signed.items():
            self.sign(pair, what, 60, "notice", with_program=pair in with_program)
            if pair not in invited:
                self.accept(pair)
        for patient, scope in sorted(posted):
            self.tell(patient, scope)

    # Patients

    @rule(pair=pairs, what=some_scopes, in_days=days, email=levels, with_program=st.booleans())
    def sign(self, pair: Pair, what: set[str], in_days: int, email: str, *, with_program: bool) -> None:
        last_day = self.day(in_days)
        if self.portal.act(lambda: self.portal.sign(pair, what, last_day, email, with_program=with_program)):
            by_parent = self.model.is_minor(pair[0])
            signed = Signed(set(what), self.model.now, last_day, with_program, email, by_parent)
            self.model.sign(*pair, signed)

    @rule(pair=pairs)
    def stop(self, pair: Pair) -> None:
        self.portal.act(lambda: consents.stop(*self.numbers(pair)))
        self.model.stop(*pair)

    @rule(patient=patients)
    def stop_everything(self, patient: str) -> None:
        """A pause is over with it."""
        is_something_shared = any(self.model.in_force(patient, relative) for relative in RELATIVES)
        assert (
            self.portal.act(lambda: consents.stop_everything(self.portal.its.patients[patient])) == is_something_shared
        )
        if is_something_shared:
            self.model.people[patient].paused = False
            for relative in RELATIVES:
                self.model.stop(patient, relative)
                self.model.end_mail(patient, relative)

    @rule(pair=pairs, scope=scopes)
    def narrow(self, pair: Pair, scope: str) -> None:
        self.portal.act(lambda: consents.narrow(*self.numbers(pair), scope))
        self.model.narrow(*pair, scope)

    @rule(pair=pairs, in_days=days)
    def end_sooner(self, pair: Pair, in_days: int) -> None:
        day = self.day(in_days)
        self.portal.act(lambda: consents.end_sooner(*self.numbers(pair), day))
        for one in self.model.in_force(*pair):
            one.last_day = min(one.last_day, day)

    @rule(pair=pairs, email=levels)
    def say_less(self, pair: Pair, email: str) -> None:
        self.portal.act(lambda: consents.say_less(*self.numbers(pair), email))
        for one in self.model.in_force(*pair):
            one.email = min(one.email, email, key=LEVELS.index)

    @rule(patient=patients)
    def pause(self, patient: str) -> None:
        self.portal.act(lambda: consents.pause(self.portal.its.patients[patient]))
        self.model.people[patient].paused = True
        for relative in RELATIVES:
            self.model.end_mail(patient, relative)

    @rule(patient=patients)
    def resume(self, patient: str) -> None:
        self.portal.act(lambda: consents.resume(self.portal.its.patients[patient]))
        self.model.people[patient].paused = False

    # Relatives

    @rule(pair=pairs)
    def accept(self, pair: Pair) -> None:
        """Staff invite them and they accept, which only something signed that holds makes possible."""
        may = any(one.scopes for one in self.model.agreed(*pair)) and pair[1] not in self.model.people[pair[0]].accepted
        assert self.portal.act(lambda: self.portal.invite_and_accept(pair)) == may
        if may:
            self.model.people[pair[0]].accepted.add(pair[1])

    @rule(choose=st.data())
    def book(self, choose: st.DataObject) -> None:
        """More often than not somebody who may."""
        allowed = [pair for pair in PAIRS if "family" in self.model.scopes(*pair)]
        pair = choose.draw(st.sampled_from(allowed) | pairs if allowed else pairs)
        booked: list[tuple[int, dt.datetime]] = []
        may = "family" in self.model.scopes(*pair)
        if self.portal.act(lambda: booked.append(self.portal.book(pair)), pair[1]):
            assert may, "booked without a live consent"
            number, begins = booked[0]
            self.model.people[pair[0]].bookings.append((pair[1], begins))
            self.model.mail.append(Mail(pair[1], pair[0], "family", number, begins))

    # Staff

    @rule(pair=pairs, what=some_scopes, in_days=days, starts_in=st.integers(-2, 5), by_parent=st.booleans())
    def paper_comes(self, pair: Pair, what: set[str], in_days: int, starts_in: int, by_parent: bool) -> None:
        last_day, starts = self.day(in_days), self.model.now + dt.timedelta(days=starts_in)
        self.portal.act(lambda: self.portal.paper(pair, what, last_day, starts, by_parent=by_parent))
        signed = Signed(set(what), starts, last_day, by_parent=by_parent, checked=False)
        self.model.people[pair[0]].signed.setdefault(pair[1], []).append(signed)

    @precondition(lambda self: any(self.unchecked(pair) for pair in PAIRS))
    @rule(choose=st.data())
    def check_paper(self, choose: st.DataObject) -> None:
        pair = choose.draw(st.sampled_from([pair for pair in PAIRS if self.unchecked(pair)]))
        self.portal.act(lambda: self.portal.check_every_paper(pair))
        for one in self.unchecked(pair):
            one.checked = True

    @precondition(lambda self: any(self.signed(pair) for pair in PAIRS))
    @rule(choose=st.data())
    def mark_the_latest_invalid(self, choose: st.DataObject) -> None:
        pair = choose.draw(st.sampled_from([pair for pair in PAIRS if self.signed(pair)]))
        reason = "signed under pressure"
        if self.portal.act(
            lambda: invalid_consents.mark(self.portal.latest(pair).ref, reason=reason, by=self.portal.member(RUTH))
        ):
            self.signed(pair)[-1].invalid = True
            self.model.end_mail(*pair)

    @rule(pair=pairs, all_of_them=st.booleans())
    def hold(self, pair: Pair, all_of_them: bool) -> None:
        self.count += 1
        whom, person_id = (None, None) if all_of_them else (pair[1], self.portal.its.people[pair])
        refs = list[str]()
        assert self.portal.act(lambda: refs.append(self.portal.hold(pair[0], person_id, f"order {self.count}", RUTH)))
        self.open_holds.append((pair[0], whom, refs[0]))
        self.model.people[pair[0]].holds.append(whom)
        for relative in RELATIVES if all_of_them else [pair[1]]:
            self.model.end_mail(pair[0], relative)

    @precondition(lambda self: self.open_holds)
    @rule(choose=st.data())
    def release(self, choose: st.DataObject) -> None:
        hold = choose.draw(st.sampled_from(self.open_holds))
        assert self.portal.act(lambda: holds.release(hold[2], by=self.portal.member(RUTH)))
        self.open_holds.remove(hold)
        self.model.people[hold[0]].holds.remove(hold[1])

    @rule(patient=patients)
    def leave(self, patient: str) -> None:
        """Whatever ends by date goes on."""
        number = self.portal.its.patients[patient]
        assert self.portal.act(lambda: leaving.leave(number, account_id=self.portal.member(PRIYA).account_id))
        self.model.leave(patient)

    @rule(choose=st.data())
    def post(self, choose: st.DataObject) -> None:
        """More often than not something that somebody may read."""
        read = [(pair[0], scope) for pair in PAIRS for scope in UPDATES if scope in self.model.scopes(*pair)]
        self.tell(*choose.draw(st.sampled_from(read) | things_to_post if read else things_to_post))

    def tell(self, patient: str, scope: str) -> None:
        self.count += 1
        title, numbers = f"Update {self.count} of {patient}.", list[int]()
        assert self.portal.act(lambda: numbers.append(self.portal.post(patient, scope, title)))
        self.model.people[patient].updates.append((scope, title))
        for relative in RELATIVES:
            if scope in self.model.scopes(patient, relative) and self.model.email(patient, relative) != "none":
                self.model.mail.append(Mail(relative, patient, scope, numbers[0]))

    @rule()
    def deliver(self) -> None:
        self.portal.reminders.clear()
        self.portal.deliver()
        self.model.deliver()
        told = [pair for pair in PAIRS if self.model.bookings(*pair) and self.model.email(*pair) != "none"]
        may = {RELATIVES[relative].email for _, relative in told}
        assert set(self.portal.reminders) <= may, "reminded of what is not shared"

    # The clock

    @rule(hours=st.sampled_from([1, 9, 16, 24, 24 * 7, 24 * 35]))
    def time_passes(self, hours: int) -> None:
        self.it_is(self.model.now + dt.timedelta(hours=hours))

    @precondition(lambda self: self.turning_points())
    @rule(choose=st.data(), beside=st.sampled_from([-1, 0, 1]))
    def time_comes_to_a_turning_point(self, choose: st.DataObject, beside: int) -> None:
        point = choose.draw(st.sampled_from(self.turning_points()))
        self.it_is(max(self.model.now, point + dt.timedelta(seconds=beside)))

    def it_is(self, moment: dt.datetime) -> None:
        self.model.now = moment
        self.portal.clock.set(moment)

    # Questions

    def day(self, in_days: int) -> dt.date:
        return self.model.today + dt.timedelta(days=in_days)

    def numbers(self, pair: Pair) -> tuple[int, int]:
        return self.portal.its.patients[pair[0]], self.portal.its.people[pair]

    def signed(self, pair: Pair) -> list[Signed]:
        return self.model.people[pair[0]].signed.get(pair[1], [])

    def unchecked(self, pair: Pair) -> list[Signed]:
        return [one for one in self.signed(pair) if not one.checked]

    def turning_points(self) -> list[dt.datetime]:
        """The moments to come at which something ends, begins or changes hands by itself."""
        everything = [one for pair in PAIRS for one in self.signed(pair)]
        points = {self.model.end(one) for one in everything} | {one.starts for one in everything}
        for person in self.model.people.values():
            points.add(self.model.midnight(person.adult_on))
        return sorted(point for point in points if point > self.model.now)
