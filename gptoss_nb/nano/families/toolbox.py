"""The tools that people are taken to write: names, parameters, other names of both, and how each is asked for (`toolbox.txt`).
Called by functions and tools."""

from dataclasses import dataclass
from pathlib import Path

from .draft import Wordings

# other names that a parameter may have: names must be read from the list of tools
_SYNONYMS = """
city place location town where city_name
stop station place bus_stop from_stop
station place city stop from_station
origin from_city start departure from_place from_station
destination to_city end arrival goal to_place to_station target
country nation land country_name
person name who contact friend employee user full_name
student pupil name person learner
recipient to person name contact receiver addressee
guest name person visitor client
player name person user
patient name person
author writer name by author_name
artist band singer by musician performer
title name song
song title track name track_name song_title
movie film title name movie_title
restaurant place name where restaurant_name
hotel name place hotel_name
shop store place name
event title name what
book title name book_title
game title name
subject title topic about heading
label name title note
time at when hour clock start_time
day weekday when on date
date day when on due
from_currency source from_ currency base_currency from_money
to_currency target to into target_currency to_money
text message content words body
body text message content
task what text reminder todo
note text content memo
question query text q
email_address email to address mail
room place where location room_name
state mode status action value switch
language lang target_language to to_language
item product thing name what article
product item name article
dish food meal item name
food dish item name
color colour shade
account account_id iban to_account target
parcel tracking_number parcel_id id
ticket ticket_id id code
flight_number flight id code
unit units scale
amount value sum money number
total amount sum bill price
people guests persons party_size number_of_people count seats
quantity count amount number how_many
nights days duration number_of_nights
stars rating score points
hours duration length time
count number quantity times n
rounds count number
minutes duration time length_in_minutes min
percent rate percentage tip
base number x value
exponent power n y
weight kg weight_kg mass
height tall height_cm size
width w x side_a
length l y side_b
price cost amount value
distance km kilometers way
liters fuel amount
speed velocity kmh
level volume value percent
age years
points score value
number n x value
""".strip().split("\n")
SYNONYMS = {first: others for first, *others in map(str.split, _SYNONYMS)}
# tools that might answer the same question are not offered together
_ALIKE = """
get_weather forecast weather_on sunset local_time get_temperature
get_price order_dish buy total_price
get_age birthday
find_phone call_person email_of add_contact
lookup translate translate_to rhyme synonym search
bus_departure train_times find_train find_bus route flight book_flight travel_time gate
set_timer set_alarm remind add_reminder create_event schedule_meeting appointment add_note
convert convert_currency currency_of
send_message send_email email_of call_person ask_person
turn_on lights_on lights_off switch_light switch set_color heating set_volume
play_song play_music lyrics concerts
find_book search_library borrow_book
book_table order_dish order recipe menu
hotel book_hotel
remind add_to_list add_note shopping
stock add_to_list buy shopping order order_dish
multiply add subtract power area double square half split_bill calculate_tip percent_of total_price
open_file search add_note
order_status track_parcel
room_of boss_of check_in
rate_movie movie_info book_cinema game_rules
transfer pay_person split_bill
is_open opening_hours
heating to_fahrenheit
capital_of population news
""".strip().split("\n")
ALIKE = [set(line.split()) for line in _ALIKE]


@dataclass(frozen=True)
class Tool:
    """A tool of one parameter or more: its names and its parameters' as usual, and how it is asked for."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    about: str
    asked: Wordings

    @property
    def name(self) -> str:
        return self.names[0]


def _tools() -> list[Tool]:
    """Those in `toolbox.txt`: a head `[name/other name(parameters) What it is for.]`, a question on each line, and under
    `[test]` one that is kept for it."""
    blocks = (Path(__file__).parent / "toolbox.txt").read_text("utf-8").split("\n\n")
    return [_read(*block.strip().split("\n")) for block in blocks]


def _read(head: str, *lines: str) -> Tool:
    declared, _, about = head[1:-1].partition(") ")
    names, _, parameters = declared.partition("(")
    asked, kept = lines[:-2], lines[-1:]
    return Tool(tuple(names.split("/")), tuple(parameters.split(", ")), about, Wordings(asked, kept))


TOOLS = tuple(tool for tool in _tools() if len(tool.parameters) == 1)  # the questions call it x
SEVERAL = tuple(tool for tool in _tools() if len(tool.parameters) > 1)


def alike(tool: str, other: str) -> bool:
    """Whether both might answer one question: `email_of` and `get_email` too."""
    return _plain(tool) == _plain(other) or any({tool, other} <= group for group in ALIKE)


def _plain(tool: str) -> str:
    return tool.removeprefix("get_").removesuffix("_of")
