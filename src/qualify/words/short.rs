//! Short names for meanings, so that a table reads like a table.

#![allow(clippy::enum_glob_use)] // a table names nearly every meaning

pub use crate::qualify::lexicon::Sem::*;
use crate::qualify::lexicon::{Feast, Part, Season, Sem, Unit};

macro_rules! short {
    ($($name:ident = $sem:expr;)*) => { $(pub const $name: Sem = $sem;)* };
}

short! {
    EARLY = Sem::Part(Part::Early);
    MID = Sem::Part(Part::Mid);
    LATE = Sem::Part(Part::Late);
    SPRING = Sem::Season(Season::Spring);
    SUMMER = Sem::Season(Season::Summer);
    AUTUMN = Sem::Season(Season::Autumn);
    WINTER = Sem::Season(Season::Winter);
    HOUR = Sem::Unit(Unit::Hour, false);
    HOURS = Sem::Unit(Unit::Hour, true);
    DAY = Sem::Unit(Unit::Day, false);
    DAYS = Sem::Unit(Unit::Day, true);
    WORKDAY = Sem::Unit(Unit::Workday, false);
    WORKDAYS = Sem::Unit(Unit::Workday, true);
    WEEK = Sem::Unit(Unit::Week, false);
    WEEKS = Sem::Unit(Unit::Week, true);
    WEEKEND = Sem::Unit(Unit::Weekend, false);
    WEEKENDS = Sem::Unit(Unit::Weekend, true);
    FORTNIGHT = Sem::Unit(Unit::Fortnight, false);
    FORTNIGHTS = Sem::Unit(Unit::Fortnight, true);
    MONTH = Sem::Unit(Unit::Month, false);
    MONTHS = Sem::Unit(Unit::Month, true);
    QUARTER = Sem::Unit(Unit::Quarter, false);
    QUARTERS = Sem::Unit(Unit::Quarter, true);
    HALF_YEAR = Sem::Unit(Unit::HalfYear, false);
    YEAR = Sem::Unit(Unit::Year, false);
    YEARS = Sem::Unit(Unit::Year, true);
    CHRISTMAS_EVE = Sem::Feast(Feast::Fixed(12, 24, 24));
    CHRISTMAS = Sem::Feast(Feast::Fixed(12, 25, 26));
    CHRISTMAS_DAY = Sem::Feast(Feast::Fixed(12, 25, 25));
    BOXING_DAY = Sem::Feast(Feast::Fixed(12, 26, 26));
    BETWEEN_YEARS = Sem::Feast(Feast::Fixed(12, 27, 31));
    NEW_YEARS_EVE = Sem::Feast(Feast::Fixed(12, 31, 31));
    NEW_YEAR = Sem::Feast(Feast::Fixed(1, 1, 1));
    EPIPHANY = Sem::Feast(Feast::Fixed(1, 6, 6));
    GROUNDHOG_DAY = Sem::Feast(Feast::Fixed(2, 2, 2));
    VALENTINES_DAY = Sem::Feast(Feast::Fixed(2, 14, 14));
    ST_PATRICKS_DAY = Sem::Feast(Feast::Fixed(3, 17, 17));
    WOMENS_DAY = Sem::Feast(Feast::Fixed(3, 8, 8));
    APRIL_FOOLS = Sem::Feast(Feast::Fixed(4, 1, 1));
    MAY_DAY = Sem::Feast(Feast::Fixed(5, 1, 1));
    MIDSUMMER_DAY = Sem::Feast(Feast::Fixed(6, 24, 24));
    INDEPENDENCE_DAY = Sem::Feast(Feast::Fixed(7, 4, 4));
    BASTILLE_DAY = Sem::Feast(Feast::Fixed(7, 14, 14));
    SWISS_DAY = Sem::Feast(Feast::Fixed(8, 1, 1));
    ASSUMPTION = Sem::Feast(Feast::Fixed(8, 15, 15));
    GERMAN_UNITY = Sem::Feast(Feast::Fixed(10, 3, 3));
    HALLOWEEN = Sem::Feast(Feast::Fixed(10, 31, 31));
    ALL_SAINTS = Sem::Feast(Feast::Fixed(11, 1, 1));
    ALL_SOULS = Sem::Feast(Feast::Fixed(11, 2, 2));
    GUY_FAWKES = Sem::Feast(Feast::Fixed(11, 5, 5));
    ST_MARTIN = Sem::Feast(Feast::Fixed(11, 11, 11));
    ST_NICHOLAS = Sem::Feast(Feast::Fixed(12, 6, 6));
    IMMACULATE = Sem::Feast(Feast::Fixed(12, 8, 8));
    CARNIVAL = Sem::Feast(Feast::Easter(-48, -47));
    CARNIVAL_THURSDAY = Sem::Feast(Feast::Easter(-52, -52));
    CARNIVAL_MONDAY = Sem::Feast(Feast::Easter(-48, -48));
    SHROVE_TUESDAY = Sem::Feast(Feast::Easter(-47, -47));
    ASH_WEDNESDAY = Sem::Feast(Feast::Easter(-46, -46));
    MOTHERING_SUNDAY = Sem::Feast(Feast::Easter(-21, -21));
    PALM_SUNDAY = Sem::Feast(Feast::Easter(-7, -7));
    HOLY_WEEK = Sem::Feast(Feast::Easter(-6, -1));
    MAUNDY_THURSDAY = Sem::Feast(Feast::Easter(-3, -3));
    GOOD_FRIDAY = Sem::Feast(Feast::Easter(-2, -2));
    HOLY_SATURDAY = Sem::Feast(Feast::Easter(-1, -1));
    EASTER_SUNDAY = Sem::Feast(Feast::Easter(0, 0));
    EASTER = Sem::Feast(Feast::Easter(0, 1));
    EASTER_MONDAY = Sem::Feast(Feast::Easter(1, 1));
    ASCENSION = Sem::Feast(Feast::Easter(39, 39));
    WHIT_SUNDAY = Sem::Feast(Feast::Easter(49, 49));
    PENTECOST = Sem::Feast(Feast::Easter(49, 50));
    WHIT_MONDAY = Sem::Feast(Feast::Easter(50, 50));
    TRINITY_SUNDAY = Sem::Feast(Feast::Easter(56, 56));
    CORPUS_CHRISTI = Sem::Feast(Feast::Easter(60, 60));
    MLK_DAY = Sem::Feast(Feast::Nth(1, 3, 1, 0));
    PRESIDENTS_DAY = Sem::Feast(Feast::Nth(2, 3, 1, 0));
    EARLY_MAY_HOLIDAY = Sem::Feast(Feast::Nth(5, 1, 1, 0));
    MOTHERS_DAY = Sem::Feast(Feast::Nth(5, 2, 7, 0));
    MEMORIAL_DAY = Sem::Feast(Feast::Nth(5, 5, 1, 0));
    FATHERS_DAY = Sem::Feast(Feast::Nth(6, 3, 7, 0));
    AUGUST_HOLIDAY = Sem::Feast(Feast::Nth(8, 5, 1, 0));
    LABOR_DAY = Sem::Feast(Feast::Nth(9, 1, 1, 0));
    HARVEST_FESTIVAL = Sem::Feast(Feast::Nth(10, 1, 7, 0));
    COLUMBUS_DAY = Sem::Feast(Feast::Nth(10, 2, 1, 0));
    VETERANS_DAY = Sem::Feast(Feast::Fixed(11, 11, 11));
    THANKSGIVING = Sem::Feast(Feast::Nth(11, 4, 4, 0));
    BLACK_FRIDAY = Sem::Feast(Feast::Nth(11, 4, 4, 1));
    CYBER_MONDAY = Sem::Feast(Feast::Nth(11, 4, 4, 4));
    REMEMBRANCE_SUNDAY_DE = Sem::Feast(Feast::Advent(-14, -14));
    REPENTANCE_DAY = Sem::Feast(Feast::Advent(-11, -11));
    TOTENSONNTAG = Sem::Feast(Feast::Advent(-7, -7));
    ADVENT_1 = Sem::Feast(Feast::Advent(0, 0));
    ADVENT_2 = Sem::Feast(Feast::Advent(7, 7));
    ADVENT_3 = Sem::Feast(Feast::Advent(14, 14));
    ADVENT_4 = Sem::Feast(Feast::Advent(21, 21));
    ADVENT = Sem::Feast(Feast::AdventSeason);
}
