"""Values in lanes: arrays of them everywhere, and the vectors of x86-64."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="simd",
    title="Lanes of another type or number, an intrinsic without its feature or its unsafe, a tail that is lost",
    codes=("E0133", "E0308", "E0382", "E0507", "E0508", "E0435", "E0512", "E0277", "E0747", NO_CODE),
    templates=(
        Template(
            "an_intrinsic_reads_through_a_pointer",
            """
use std::arch::x86_64::*;

/// What ⟦1:four¦two⟧ sensors measured at the same time.
pub type Row = [⟦1:f32; 4¦f64; 2⟧];

/// The ⟦2:sum¦largest⟧ of each column.
#[target_feature(enable = "sse2")]
fn columns(rows: &[Row]) -> Row {
    let mut found = _mm_setzero_p⟦1:s¦d⟧();
    for row in rows {
        ⟦3:let row = «_mm_loadu_p⟦1:s¦d⟧(row.as_ptr())»«unsafe { _mm_loadu_p⟦1:s¦d⟧(row.as_ptr()) }»«unsafe { _mm_loadu_p⟦1:s¦d⟧(rows[0].as_ptr()) }»;
        found = _mm_⟦2:add¦max⟧_p⟦1:s¦d⟧(found, row);¦// SAFETY: a row has as many values as there are lanes.
        let row = unsafe { _mm_loadu_p⟦1:s¦d⟧(row.as_ptr()) };
        found = _mm_⟦2:add¦max⟧_p⟦1:s¦d⟧(found, row);⟧
    }
    let mut columns = Row::default();
    ⟦3:// SAFETY: there is room for all lanes.
    unsafe { _mm_storeu_p⟦1:s¦d⟧(columns.as_mut_ptr(), found) };¦«_mm_storeu_p⟦1:s¦d⟧(columns.as_mut_ptr(), found);»«// SAFETY: there is room for all lanes.
    unsafe { _mm_storeu_p⟦1:s¦d⟧(columns.as_mut_ptr(), found) };»«let _ = found;
    columns.fill(0.0);»⟧
    columns
}

pub fn total(rows: &[Row]) -> ⟦1:f32¦f64⟧ {
    // SAFETY: every x86-64 has the feature.
    unsafe { columns(rows) }.iter().sum()
}
""",
            test="""
let rows = [⟦1:[1.0, 2.0, 3.0, 4.0]¦[1.0, 9.0]⟧, ⟦1:[5.0, 1.0, 1.0, 4.0]¦[5.0, 5.0]⟧];
assert_eq!(unsafe { columns(&rows) }, ⟦1:⟦2:[6.0, 3.0, 4.0, 8.0]¦[5.0, 2.0, 3.0, 4.0]⟧¦⟦2:[6.0, 14.0]¦[5.0, 9.0]⟧⟧);
assert_eq!(total(&[]), 0.0);
""",
            codes=("E0133",),
            arch="x86_64",
        ),
        Template(
            "whole_numbers_meet_fractions",
            """
use std::arch::x86_64::*;

/// The sum of the four lanes.
#[target_feature(enable = "sse2")]
fn sum(lanes: __m128) -> f32 {
    let pairs = _mm_add_ps(lanes, _mm_movehl_ps(lanes, lanes));
    ⟦let second = _mm_shuffle_ps::<1>(pairs, pairs);
    _mm_cvtss_f32(_mm_add_ps(pairs, second))¦_mm_cvtss_f32(_mm_add_ps(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))⟧
}

pub struct @Item {
    pub @price: f32,
    pub counts: [i32; 4],
}

impl @Item {
    /// What ⟦1:all of them cost¦all of them cost, with a fee for each⟧.
    #[target_feature(enable = "sse2")]
    fn total(&self) -> f32 {
        let [a, b, c, d] = self.counts;
        ⟦2:let counts = «_mm_set_epi32(d, c, b, a)»«_mm_cvtepi32_ps(_mm_set_epi32(d, c, b, a))»«_mm_cvtepi32_ps(_mm_set_epi32(a, c, b, a))»;
        let prices = _mm_mul_ps(counts, _mm_set1_ps(self.@price));¦let counts = _mm_set_epi32(d, c, b, a);
        let prices = _mm_mul_ps(_mm_set1_ps(self.@price), «counts»«_mm_cvtepi32_ps(counts)»«_mm_set1_ps(b as f32)»);¦let counts = _mm_set_epi32(d, c, b, a);
        let each = _mm_set1_ps(self.@price);
        let prices = _mm_mul_ps(«counts»«_mm_cvtepi32_ps(counts)»«_mm_set1_ps(d as f32)», each);⟧
        ⟦1:sum(prices)¦sum(_mm_add_ps(prices, _mm_set1_ps(0.5)))⟧
    }
}

pub fn all(@items: &[@Item]) -> f32 {
    // SAFETY: every x86-64 has the feature.
    ⟦3:@items.iter().map(|@item| unsafe { @item.total() }).sum()¦@items.iter().fold(0.0, |sum, @item| sum + unsafe { @item.total() })⟧
}

""",
            test="""
let @item = @Item { @price: 2.0, counts: [1, 2, 3, 5] };
assert_eq!(all(&[@item]), ⟦1:22.0¦24.0⟧);
""",
            codes=("E0308",),
            arch="x86_64",
        ),
        Template(
            "the_feature_is_only_sometimes_there",
            """
/// The ⟦1:sum¦largest⟧ of the numbers, for machines that have the wide vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "⟦2:avx2¦sse4.1¦avx⟧")]
fn wide(numbers: &[@Int]) -> @Int {
    plain(numbers)
}

/// The same on every machine.
fn plain(numbers: &[@Int]) -> @Int {
    ⟦1:numbers.iter().sum()¦numbers.iter().copied().max().unwrap_or_default()⟧
}

pub fn @count(numbers: &[@Int]) -> @Int {
    ⟦#[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("⟦2:avx2¦sse4.1¦avx⟧") {
        return «wide(numbers)»«unsafe { wide(numbers) }»«unsafe { wide(&numbers[1..]) }»;
    }
    plain(numbers)¦#[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("⟦2:avx2¦sse4.1¦avx⟧") {
        let found: @Int = «wide(numbers)»«unsafe { wide(numbers) }»«unsafe { wide(&numbers[1..]) }»;
        return found;
    }
    plain(numbers)⟧
}

pub struct @Owner {
    pub @items: Vec<@Int>,
}

impl @Owner {
    pub fn @count(&self) -> Option<@Int> {
        ⟦(!self.@items.is_empty()).then(|| @count(&self.@items))¦if self.@items.is_empty() {
            return None;
        }
        Some(@count(&self.@items))⟧
    }
}
""",
            test="""
let @owner = @Owner { @items: vec![7, 2, 5] };
assert_eq!(@owner.@count(), Some(⟦1:14¦7⟧));
assert_eq!((@Owner { @items: vec![] }).@count(), None);
""",
            codes=("E0133",),
            arch="x86_64",
        ),
        Template(
            "a_piece_of_a_slice_is_no_array",
            """
const LANES: usize = ⟦1:4¦8⟧;

/// Values of which all lanes are worked on at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes([@Float; LANES]);

impl Lanes {
    pub fn times(self, factor: @Float) -> Self {
        Lanes(self.0.map(|value| value * factor))
    }

    pub fn sum(self) -> @Float {
        self.0.⟦iter().sum()¦into_iter().sum()¦iter().copied().fold(0.0, |sum, value| sum + value)⟧
    }
}

/// The values in lanes; where too few are left, the rest of the lanes is 0.
pub fn lanes(values: &[@Float]) -> Vec<Lanes> {
    ⟦2:let mut found = Vec::new();
    for chunk in values.chunks(LANES) {
        «found.push(Lanes(chunk));»«let mut lanes = [0.0; LANES];
        lanes[..chunk.len()].copy_from_slice(chunk);
        found.push(Lanes(lanes));»«found.extend(chunk.try_into().map(Lanes));»
    }
    found¦let chunks = values.chunks(LANES);
    chunks
        .map(|chunk| «Lanes(chunk)»«Lanes(std::array::from_fn(|at| chunk.get(at).copied().unwrap_or(0.0)))»«Lanes(chunk.try_into().unwrap_or_default())»)
        .collect()⟧
}

pub fn total(values: &[@Float], factor: @Float) -> @Float {
    ⟦lanes(values).into_iter().map(|lanes| lanes.times(factor).sum()).sum()¦let mut total = 0.0;
    for lanes in lanes(values) {
        total += lanes.times(factor).sum();
    }
    total⟧
}
""",
            test="""
assert_eq!(total(&[1.0; 10], 2.0), 20.0);
assert_eq!(lanes(&[1.0; 9]).len(), ⟦1:3¦2⟧);
""",
            codes=("E0308", "E0277"),
        ),
        Template(
            "lanes_of_whatever_can_be_copied",
            """
use std::ops::⟦1:Add¦Mul⟧;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes<T, const N: usize>(pub [T; N]);

impl<T: ⟦1:Add¦Mul⟧<Output = T>«»« + Copy», const N: usize> ⟦1:Add¦Mul⟧ for Lanes<T, N> {
    type Output = Self;

    fn ⟦1:add¦mul⟧(self, other: Self) -> Self {
        ⟦2:Lanes(std::array::from_fn(|at| self.0[at] ⟦1:+¦*⟧ other.0[at]))¦let lanes = std::array::from_fn(|at| {
            let (left, right) = (self.0[at], other.0[at]);
            left ⟦1:+¦*⟧ right
        });
        Lanes(lanes)⟧
    }
}

impl<T, const N: usize> Lanes<T, N> {
    pub fn into_vec(self) -> Vec<T> {
        self.0.into()
    }
}

pub struct @Owner {
    pub counts: Lanes<@Int, ⟦3:4¦8⟧>,
}

impl @Owner {
    pub fn @change(&mut self, by: @Int) -> &Self {
        ⟦self.counts = self.counts ⟦1:+¦*⟧ Lanes([by; ⟦3:4¦8⟧]);
        self¦let by = Lanes([by; ⟦3:4¦8⟧]);
        self.counts = by ⟦1:+¦*⟧ self.counts;
        self⟧
    }
}
""",
            test="""
let mut @owner = @Owner { counts: Lanes([@n1; ⟦3:4¦8⟧]) };
assert_eq!(@owner.@change(3).counts.into_vec(), [@n1 ⟦1:+¦*⟧ 3; ⟦3:4¦8⟧]);
""",
            codes=("E0508", "E0507"),
        ),
        Template(
            "the_tail_after_the_chunks",
            """
const LANES: usize = ⟦4¦8¦16⟧;

/// The ⟦1:sum¦sum of the squares⟧, with as many sums at once as there are lanes.
pub fn sum(values: &[@Int]) -> @Int {
    let mut sums = [0; LANES];
    let ⟦2:«»«mut »«»¦⟧chunks = values.chunks_exact(LANES);
    ⟦2:for chunk in «chunks»«chunks.by_ref()»«chunks.clone().skip(1)» {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += ⟦1:value¦value * value⟧;
        }
    }
    let tail = chunks.remainder();¦«chunks.for_each(|chunk| {»«chunks.clone().for_each(|chunk| {»«chunks.clone().take(1).for_each(|chunk| {»
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += ⟦1:value¦value * value⟧;
        }
    });
    let tail = chunks.remainder();⟧
    sums.iter().sum::<@Int>() + tail.iter().⟦1:sum::<@Int>()¦map(|value| value * value).sum::<@Int>()⟧
}

pub struct @Item {
    pub @label: String,
    pub counts: Vec<@Int>,
}

pub fn @show(@item: &@Item) -> String {
    ⟦format!("{}: {}", @item.@label, sum(&@item.counts))¦let @Item { @label, counts } = @item;
    format!("{@label}: {}", sum(counts))⟧
}
""",
            test="""
assert_eq!(sum(&[2; 35]), ⟦1:70¦140⟧);
assert_eq!(@show(&@Item { @label: "@text1".into(), counts: vec![3] }), "@text1: ⟦1:3¦9⟧");
""",
            codes=("E0382",),
        ),
        Template(
            "how_far_is_known_too_late",
            """
/// ⟦1:Four¦Eight⟧ values that move together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes(pub [@Int; ⟦1:4¦8⟧]);

impl Lanes {
    /// Every value that many lanes further ⟦2:down, the first ones at the end¦up, the last ones at the beginning⟧.
    pub fn turned<const BY: usize>(mut self) -> Self {
        self.0.rotate_⟦2:left¦right⟧(BY);
        self
    }

    /// The same for a number that is only known when it runs.
    pub fn turned_by(⟦3:self¦mut self⟧, by: usize) -> Self {
        ⟦3:let by = by % self.0.len();
        «self.turned::<by>()»«(0..by).fold(self, |lanes, _| lanes.turned::<1>())»«(1..by).fold(self, |lanes, _| lanes.turned::<1>())»¦for _ in 0..by % self.0.len() {
            self = self.turned::<1>();
        }
        self⟧
    }

    pub fn first(self) -> @Int {
        self.0[0]
    }
}

/// The lanes' ⟦4:first value after each of the turns¦values after all of the turns⟧.
pub fn after(⟦4:¦mut ⟧lanes: Lanes, turns: &[usize]) -> Vec<@Int> {
    ⟦3:⟦4:turns.iter().map(|by| lanes.turned_by(*by).first()).collect()¦for by in turns {
        lanes = lanes.turned_by(*by);
    }
    lanes.0.to_vec()⟧¦⟦4:turns.iter().map(|by| «lanes.turned::<by>()»«lanes.turned_by(*by)»«lanes.turned::<1>()».first()).collect()¦for by in turns {
        lanes = «lanes.turned::<by>()»«lanes.turned_by(*by)»«lanes.turned::<1>()»;
    }
    lanes.0.to_vec()⟧⟧
}
""",
            test="""
let lanes = Lanes(std::array::from_fn(|at| at as @Int));
let found = after(lanes, &[1, 2]);
assert_eq!(found⟦4:¦[..1]⟧, ⟦4:⟦2:[1, 2]¦⟦1:[3, 2]¦[7, 6]⟧⟧¦⟦2:[3]¦⟦1:[1]¦[5]⟧⟧⟧);
""",
            codes=("E0435", "E0747"),
        ),
    ),
    frozen=(
        Template(
            "which_function_is_chosen_once",
            """
use std::sync::LazyLock;

type Kernel = fn(&[f32], f32) -> Vec<f32>;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn scaled_wide(values: &[f32], factor: f32) -> Vec<f32> {
    let mut found = Vec::with_capacity(values.len());
    for chunk in values.chunks(8) {
        found.extend(chunk.iter().map(|value| value * factor));
    }
    found
}

fn scaled_plain(values: &[f32], factor: f32) -> Vec<f32> {
    values.iter().map(|value| value * factor).collect()
}

/// The best one that this machine can run, looked for once.
static SCALED: LazyLock<Kernel> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx") {
        return «scaled_wide»«// SAFETY: the feature was just found.
        |values, factor| unsafe { scaled_wide(values, factor) }»«|values, _| values.to_vec()»;
    }
    scaled_plain
});

pub struct @Item {
    pub @label: String,
    pub weights: Vec<f32>,
}

pub fn @change(@item: &mut @Item, factor: f32) -> f32 {
    @item.weights = SCALED(&@item.weights, factor);
    @item.weights.iter().sum()
}
""",
            test="""
let mut @item = @Item { @label: "@text1".into(), weights: vec![1.0; 10] };
assert_eq!(@change(&mut @item, 2.0), 20.0);
assert_eq!(@change(&mut @item, 0.5), 10.0);
""",
            codes=("E0308",),
            arch="x86_64",
        ),
        Template(
            "a_shift_that_is_no_constant",
            """
use std::arch::x86_64::*;

/// Four numbers side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Four([u32; 4]);

impl Four {
    fn read(self) -> __m128i {
        // SAFETY: four numbers are as wide as the vector.
        unsafe { _mm_loadu_si128(self.0.as_ptr().cast()) }
    }

    fn written(vector: __m128i) -> Self {
        let mut numbers = [0; 4];
        // SAFETY: four numbers are as wide as the vector.
        unsafe { _mm_storeu_si128(numbers.as_mut_ptr().cast(), vector) };
        Four(numbers)
    }

    #[target_feature(enable = "sse2")]
    fn doubled(self) -> Self {
        Four::written(_mm_slli_epi32::<1>(self.read()))
    }

    /// Shifted by so many bits; all of them are gone from 32 on.
    #[target_feature(enable = "sse2")]
    fn shifted(self, bits: i32) -> Self {
        «Four::written(_mm_slli_epi32::<{ bits }>(self.read()))»«Four::written(_mm_sll_epi32(self.read(), _mm_cvtsi32_si128(bits)))»«Four::written(_mm_slli_epi32::<3>(self.read()))»
    }
}

pub fn packed(numbers: [u32; 4], bits: i32) -> [u32; 4] {
    // SAFETY: every x86-64 has the feature.
    unsafe { Four(numbers).doubled().shifted(bits).0 }
}
""",
            test="""
assert_eq!(packed([0, 1, 2, 3], 3), [0, 16, 32, 48]);
assert_eq!(packed([1, 1, 1, 1], 0), [2; 4]);
assert_eq!(packed([1, 1, 1, 1], 32), [0; 4]);
""",
            codes=("E0435",),
            arch="x86_64",
        ),
        Template(
            "half_as_many_lanes",
            """
/// Sums of neighbours: half as many values.
fn halved<«const N: usize»«const N: usize, const HALF: usize»>(values: [u32; N]) -> [u32; «N / 2»«HALF»] {
    «»«const { assert!(HALF * 2 == N) };
    »std::array::from_fn(|at| values[2 * at] + values[2 * at + 1])
}

/// The sum of eight values in three steps.
fn sum(values: [u32; 8]) -> u32 {
    let four«»«: [u32; 4]» = halved(values);
    let two«»«: [u32; 2]» = halved(four);
    let [sum] = halved(two);
    sum
}

pub struct @Owner {
    pub counts: Vec<u32>,
}

impl @Owner {
    pub fn total(&self) -> u32 {
        let (chunks, tail) = self.counts.as_chunks();
        let whole: u32 = chunks.iter().map(|chunk| sum(*chunk)).sum();
        whole + tail.iter().sum::<u32>()
    }
}
""",
            test="""
let @owner = @Owner { counts: (1..=19).collect() };
assert_eq!(@owner.total(), 190);
assert_eq!(halved::<2, 1>([4, 5]), [9]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "the_number_stands_on_the_left",
            """
use std::ops::{Add, Mul};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes<const N: usize>(pub [f32; N]);

impl<const N: usize> Add for Lanes<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Lanes(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }
}

«impl<const N: usize> Mul<f32> for Lanes<N> {
    type Output = Self;

    fn mul(self, factor: f32) -> Self {
        Lanes(self.0.map(|value| value * factor))
    }
}»«impl<const N: usize> Mul<Lanes<N>> for f32 {
    type Output = Lanes<N>;

    fn mul(self, lanes: Lanes<N>) -> Lanes<N> {
        Lanes(lanes.0.map(|value| self * value))
    }
}»«impl<const N: usize> Mul<Lanes<N>> for f32 {
    type Output = Lanes<N>;

    fn mul(self, lanes: Lanes<N>) -> Lanes<N> {
        Lanes(lanes.0.map(|value| self + value))
    }
}»

/// What lies between two rows: at 0 the first one, at 1 the second.
pub fn between<const N: usize>(first: Lanes<N>, second: Lanes<N>, at: f32) -> Lanes<N> {
    (1.0 - at) * first + at * second
}

pub fn middle(rows: &[Lanes<4>]) -> Option<Lanes<4>> {
    let (first, last) = (rows.first()?, rows.last()?);
    Some(between(*first, *last, 0.5))
}
""",
            test="""
let (first, second) = (Lanes([0.0, 2.0, 4.0, 8.0]), Lanes([4.0, 2.0, 0.0, 0.0]));
assert_eq!(middle(&[first, second]), Some(Lanes([2.0, 2.0, 2.0, 4.0])));
assert_eq!(between(first, second, 1.0), second);
""",
            codes=("E0277",),
        ),
        Template(
            "as_many_bytes_as_the_vector_has",
            """
use std::arch::x86_64::*;
use std::mem::transmute;

/// The sum of sixteen bytes: the instruction leaves one sum for each half, of 64 bits each.
#[target_feature(enable = "sse2")]
fn sum16(bytes: &[u8; 16]) -> u64 {
    // SAFETY: sixteen bytes are as wide as the vector.
    let vector: __m128i = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
    let sums = _mm_sad_epu8(vector, _mm_setzero_si128());
    // SAFETY: any bits are numbers.
    «let [first, second]: [u32; 2] = unsafe { transmute(sums) };
    u64::from(first) + u64::from(second)»«let [first, second]: [u64; 2] = unsafe { transmute(sums) };
    first + second»«let [first, second, ..]: [u32; 4] = unsafe { transmute(sums) };
    u64::from(first) + u64::from(second)»
}

/// A checksum: the sum of all bytes.
pub fn checksum(bytes: &[u8]) -> u64 {
    let (chunks, tail) = bytes.as_chunks();
    let mut sum = 0;
    for chunk in chunks {
        // SAFETY: every x86-64 has the feature.
        sum += unsafe { sum16(chunk) };
    }
    sum + tail.iter().copied().map(u64::from).sum::<u64>()
}

pub fn @show(@items: &[&str]) -> String {
    let sums: Vec<_> = @items.iter().map(|@item| checksum(@item.as_bytes()).to_string()).collect();
    sums.join(" ")
}
""",
            test="""
assert_eq!(checksum(&[200; 35]), 7000);
assert_eq!(@show(&["a", ""]), "97 0");
""",
            codes=("E0512", "E0308"),
            arch="x86_64",
        ),
    ),
)
