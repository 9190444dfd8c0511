"""The words that programs are written with: domains of everyday software, numbers and types.

Some domains are met in training only, some in validation only, some in the frozen set only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from sleepy_koans.koan import KoanError, Split

T = TypeVar("T")

# In the order in which `_domain` takes them. What each is for is told in koans/README.md.
_NAMES = """
Item item items Owner owner owners Person person people Kind kind First Second Third label count size price flag
add remove find show change Able able
"""


@dataclass(frozen=True, slots=True)
class Domain:
    """Words that belong together."""

    words: dict[str, str]
    texts: tuple[str, ...]  # what things are called


def _domain(words: str, texts: str) -> Domain:
    names, told = _NAMES.split(), words.split()
    if len(told) != len(names) or len(set(told)) != len(told):
        raise KoanError(f"a domain needs {len(names)} different words: {words}")
    return Domain(dict(zip(names, told, strict=True)), tuple(text.strip() for text in texts.split(",")))


# Item, Owner (what holds items), Person, Kind with three variants; fields: label (String), count, size (integers),
# price (float), flag (bool); verbs: add, remove, find, show, change; Able (a trait) and its method.
DOMAINS: dict[Split, tuple[Domain, ...]] = {
    "train": (
        _domain(
            "Book book books Library library libraries Reader reader readers Genre genre Novel Atlas Poetry"
            " title copies pages price reserved shelve lend look_up describe renew Lendable lend_days",
            "Dune, Emma, Ulysses, Momo",
        ),
        _domain(
            "Recipe recipe recipes Cookbook cookbook cookbooks Cook cook cooks Course course Starter Main Dessert"
            " dish servings minutes cost vegan gather discard search_in summarize scale_up Cookable cooking_time",
            "Gumbo, Ramen, Risotto, Borscht",
        ),
        _domain(
            "Ticket ticket tickets Tram tram trams Passenger passenger passengers Zone zone Inner Outer Airport"
            " route stops seats fare stamped board alight find_seat print_slip reroute Bookable booking_fee",
            "M4, U7, N12, S25",
        ),
        _domain(
            "Sensor sensor sensors Station station stations Operator operator operators Channel channel Heat Wind Rain"
            " tag samples interval offset online mount unplug locate render_line calibrate Readable read_value",
            "roof, cellar, garden, harbour",
        ),
        _domain(
            "Parcel parcel parcels Depot depot depots Courier courier couriers Priority priority Express Regular Bulk"
            " address pieces weight postage fragile take_in dispatch trace label_text redirect Shippable ship_cost",
            "Lisbon, Oslo, Quito, Perth",
        ),
        _domain(
            "Plant plant plants Greenhouse greenhouse greenhouses Gardener gardener gardeners Season season Spring"
            " Summer Autumn species buds height acidity watered sow uproot look_for note repot Growable growth_rate",
            "fern, basil, orchid, cactus",
        ),
        _domain(
            "Track track tracks Playlist playlist playlists Listener listener listeners Mood mood Calm Loud Sad"
            " melody plays seconds tempo liked enqueue skip pick announce remix Playable play_length",
            "Aria, Bolero, Canon, Duet",
        ),
        _domain(
            "Invoice invoice invoices Ledger ledger ledgers Client client clients Standing standing Draft Sent Paid"
            " invoice_no rows net_days amount_due overdue book_in void retrieve print_out amend Billable bill_amount",
            "INV-7, INV-12, INV-31, INV-44",
        ),
        _domain(
            "Player player players Team team teams Coach coach coaches Post post Keeper Defender Striker"
            " nickname goals matches rating injured sign_up release scout introduce train Rankable rank_points",
            "Bolt, Ace, Rook, Viper",
        ),
        _domain(
            "Task task tasks Board board boards Worker worker workers Phase phase Open Active Done"
            " chore points hours effort blocked assign close look_for_one write_up reopen Schedulable due_in",
            "deploy, review, migrate, audit",
        ),
        _domain(
            "Room room rooms Hotel hotel hotels Guest guest guests Grade grade Basic Comfort Suite"
            " door beds area nightly_rate smoking open_up vacate find_room advertise refurbish Rentable rent_nights",
            "R101, R204, R317, R422",
        ),
        _domain(
            "Packet packet packets Router router routers Peer peer peers Protocol protocol Tcp Udp Icmp"
            " sender hops octets latency encrypted forward drop_one inspect dump rewrite Routable route_cost",
            "alpha, bravo, delta, gamma",
        ),
        _domain(
            "Pet pet pets Clinic clinic clinics Vet vet vets Species species Cat Dog Parrot"
            " call_name visits age weight chipped admit discharge search_for chart treat Treatable treatment_days",
            "Rex, Luna, Milo, Coco",
        ),
        _domain(
            "Loan loan loans Bank bank banks Customer customer customers Plan plan Fixed Variable Bridge"
            " purpose payments months interest secured grant write_off query_one statement refinance Payable pay_back",
            "house, boat, studies, oven",
        ),
    ),
    "validation": (
        _domain(
            "Exhibit exhibit exhibits Museum museum museums Curator curator curators Era era Ancient Medieval Modern"
            " caption visitors halls worth on_loan acquire return_it seek explain restore Insurable insured_days",
            "vase, sword, mask, harp",
        ),
        _domain(
            "Flight flight flights Airline airline airlines Pilot pilot pilots Leg leg Short Medium Long"
            " callsign gates miles fuel delayed plan_in call_off spot brief divert Trackable track_miles",
            "KL12, BA7, SK90, AF3",
        ),
        _domain(
            "Meter meter meters Grid grid grids Household household households Tariff tariff Day Night Flat"
            " serial readings watts voltage sealed connect disconnect detect reading_line adjust Measurable"
            " measure_now",
            "north, east, south, west",
        ),
    ),
    "frozen": (
        _domain(
            "Hive hive hives Apiary apiary apiaries Beekeeper beekeeper beekeepers Nectar nectar Clover Heather Linden"
            " site frames bees yield_rate queenless settle abandon visit journal requeen Harvestable harvest_jars",
            "meadow, ridge, orchard, brook",
        ),
        _domain(
            "Vessel vessel vessels Harbor harbor harbors Captain captain captains Cargo cargo Grain Timber Ore"
            " hull crew draft_depth toll anchored moor cast_off hail log_entry refit Dockable dock_fee",
            "Heron, Petrel, Gannet, Tern",
        ),
        _domain(
            "Patch patch patches Quilt quilt quilts Sewer sewer sewers Fabric fabric Cotton Linen Silk"
            " pattern stitches width shade pinned stitch unpick match_up sketch trim_edge Sewable sew_minutes",
            "star, maple, cabin, wave",
        ),
        _domain(
            "Comet comet comets Catalog catalog catalogs Observer observer observers Orbit orbit Near Far Hyperbolic"
            " designation sightings period magnitude confirmed log_one retract identify bulletin recompute"
            " Observable observe_nights",
            "Halley, Encke, Biela, Borrelly",
        ),
    ),
}

_PEOPLE = ("Ada", "Ben", "Chloe", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko", "Lena")
_INTEGERS = ("u32", "u64", "i32", "i64", "usize")
_SMALL = ("u8", "u16", "i16", "u32", "i32")  # those that an f64 can be made `from`
_FLOATS = ("f64", "f32")
_NUMBERS = 6


class Words:
    """The words of one program: `words["Item"]`; and its chance."""

    def __init__(self, domain: Domain, random: Random) -> None:
        self._random = random
        self._choices: dict[str, tuple[int, int]] = {}  # by label: which of how many
        numbers: set[int] = set()
        while len(numbers) < _NUMBERS:
            numbers.add(2 + self.number(40))
        self._words = {
            **domain.words,
            "Error": f"{domain.words['Owner']}Error",
            "Int": self.pick(_INTEGERS),
            "Small": self.pick(_SMALL),
            "Float": self.pick(_FLOATS),
            **{f"n{i}": str(n) for i, n in enumerate(sorted(numbers), 1)},
            **{f"text{i}": text for i, text in enumerate(self.shuffled(domain.texts), 1)},
            **{f"name{i}": name for i, name in enumerate(self.shuffled(_PEOPLE)[:3], 1)},
        }

    @classmethod
    def of(cls, split: Split, seed: str) -> Words:
        """Words for a task of that split, the same for the same seed on every machine."""
        random = Random(seed)  # noqa: S311
        return cls(DOMAINS[split][int(random.random() * len(DOMAINS[split]))], random)

    def __getitem__(self, name: str) -> str:
        """The word for a name in a template."""
        if name not in self._words:
            raise KoanError(f"there is no word @{name}; there are: {' '.join(self._words)}")
        return self._words[name]

    def number(self, below: int) -> int:
        """One of 0 .. below - 1."""
        # random() is what Python promises to keep for a seed; choice() and shuffle() are not.
        return int(self._random.random() * below)

    def choice(self, label: str, below: int) -> int:
        """One of 0 .. below - 1, the same for the same label."""
        chosen, of = self._choices.setdefault(label, (self.number(below), below))
        if of != below:
            raise KoanError(f"the choices labelled {label} have {of} and {below} alternatives")
        return chosen

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.number(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in another order."""
        order = sorted((self._random.random(), at) for at in range(len(options)))
        return [options[at] for _, at in order]
