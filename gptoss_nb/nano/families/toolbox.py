"""The tools that people are taken to write: names, parameters, other names of both, and how each is asked for. Called by functions
and tools."""

from dataclasses import dataclass

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
# name(parameter), description, questions of which the last is kept for the test
_TOOLS = """
bus_departure(stop) When the next bus leaves.|When does the next bus leave from {x}?|When is the next bus from {x}?|Next bus at {x}?|When can I take a bus at {x}?
train_times(station) Trains from a station.|When do the trains leave from {x}?|When is there a train from {x}?|Trains from {x}?|When does a train go from {x}?
opening_hours(shop) When a shop is open.|When does {x} open?|Is {x} open today?|When is {x} open?|How long is {x} open?
room_of(person) The room where a person works.|In which room is {x}?|Where does {x} work?|Which room is {x} in?|Where do I find {x}?
grade(student) The grade of a student.|Which grade did {x} get?|How well did {x} do?|What grade does {x} have?|How good was {x} in the test?
stock(item) How many pieces are in the store.|How many {x} are in stock?|Do we have {x}?|How many {x} are left in the store?|Is there any {x} in the store?
order_status(order) How far an order is.|Where is my order {x}?|Is the order {x} ready?|What about order {x}?|Has order {x} been sent?
translate(word) Translate a word.|Translate {x} for me with the tool.|What is the translation of {x}?|Translate the word {x}.|Give me the translation of {x}.
rhyme(word) Find a rhyme.|What rhymes with {x}?|Find a rhyme for {x}.|Give me a word that rhymes with {x}.|Is there a rhyme for {x}?
synonym(word) Another word for the same.|What is another word for {x}?|Give me a synonym of {x}.|Which word means the same as {x}?|Say {x} in another word.
square(number) The square of a number.|What is the square of {x}?|Square {x}.|What is {x} squared?|Give me the square of {x}.
square_root(number) The square root of a number.|What is the square root of {x}?|The root of {x}?|Take the square root of {x}.|Find the square root of {x}.
double(number) Two times a number.|Double {x}.|What is {x} doubled?|What is twice {x}?|Give me {x} doubled.
half(number) Half of a number.|What is half of {x}?|Halve {x}.|Half of {x}?|How much is half of {x}?
factorial(number) The factorial of a number.|What is the factorial of {x}?|Factorial of {x}?|Compute {x} factorial.|Give me the factorial of {x}.
is_prime(number) Whether a number is prime.|Is {x} prime?|Is {x} a prime number?|Check whether {x} is prime.|Tell me if {x} is prime.
roll_dice(sides) Roll a die.|Roll a die with {x} sides.|Throw a die that has {x} sides.|Please roll a {x} sided die.|Roll me a die of {x} sides.
to_fahrenheit(celsius) Celsius to Fahrenheit.|How much is {x} Celsius in Fahrenheit?|Convert {x} degrees Celsius.|What is {x} Celsius in Fahrenheit?|{x} Celsius to Fahrenheit?
convert(euros) Euros to dollars.|How many dollars are {x} euros?|Convert {x} euros to dollars.|What are {x} euros in dollars?|Change {x} euros into dollars.
flight(city) Find a flight.|Is there a flight to {x}?|Find me a flight to {x}.|When can I fly to {x}?|I want to fly to {x}.
hotel(city) Find a hotel.|Find a hotel in {x}.|Where can I stay in {x}?|Which hotel is there in {x}?|I need a hotel in {x}.
local_time(city) The time in a city.|What time is it in {x}?|How late is it in {x}?|What is the time in {x}?|Tell me the time in {x} now.
sunset(city) When the sun sets.|When does the sun set in {x}?|When is sunset in {x}?|At what time does it get dark in {x}?|Tell me when the sun goes down in {x}.
traffic(city) How the traffic is.|How is the traffic in {x}?|Is there much traffic in {x}?|How are the roads in {x}?|Are the streets of {x} full?
mayor(city) Who is the mayor.|Who is the mayor of {x}?|Who runs the city of {x}?|Name the mayor of {x}.|Who rules {x}?
forecast(city) The weather of tomorrow.|What will the weather be tomorrow in {x}?|Will it rain in {x}?|How will the weather be in {x}?|Do I need an umbrella in {x}?
email_of(person) The mail address of a person.|What is {x}'s email?|How can I write to {x}?|Where do I send a mail for {x}?|I want to write to {x}.
birthday(person) When somebody was born.|When was {x} born?|When is {x}'s birthday?|On which day is the birthday of {x}?|Which day was {x} born?
boss_of(person) Who leads somebody.|Who is the boss of {x}?|Who leads {x}?|For whom does {x} work?|Who is {x}'s boss?
salary(person) What somebody earns.|How much does {x} earn?|What does {x} make a month?|What is {x} paid?|How much money does {x} get?
find_book(author) Find a book by its author.|Which book did {x} write?|Find a book by {x}.|What has {x} written?|Do you have a book by {x}?
play_song(title) Play a song.|Play {x}.|Put on the song {x}.|Please play me {x}.|I want to hear {x}.
recipe(dish) How to cook something.|How do I cook {x}?|How is {x} made?|Find a recipe for {x}.|What do I need for {x}?
calories(food) How many calories it has.|How many calories does {x} have?|Is {x} healthy?|Calories of {x}?|How many calories are in {x}?
open_file(path) Open a file.|Open the file {x}.|Show me the file {x}.|What is in the file {x}?|Read the file {x}.
search(query) Search the web.|Search for {x}.|Find something about {x}.|Search the web for {x}.|What do you find about {x}?
remind(task) Remember a task.|Remind me of {x}.|Do not let me forget {x}.|Put {x} on my list.|Add {x} to my tasks.
turn_on(device) Turn a device on.|Turn on the {x}.|Switch the {x} on.|Please turn the {x} on.|I want the {x} on.
count_words(text) Count words.|How many words are in {x}?|Count the words of {x}.|How many words has {x}?|Tell me the number of words in {x}.
capital_of(country) The capital of a country.|Which city is the capital of {x}?|Find the capital of {x}.|What is {x}'s capital?|Look up the capital of {x}.
set_alarm(time) Set an alarm.|Wake me up at {x}.|wake me at {x} tomorrow|I have to get up at {x}.|Set the alarm to {x}.|Let me sleep until {x}.
lights_off(room) Turn the lights of a room off.|Switch off the lamp in the {x}.|It is too bright in the {x}.|lights out in the {x}|No light in the {x} please.|Make the {x} dark.
lights_on(room) Turn the lights of a room on.|It is dark in the {x}.|its dark in the {x}, light on pls|Switch on the lamp in the {x}.|I cannot see anything in the {x}.|Make some light in the {x}.
search_library(author) Search the library for books of an author.|Any books by {x}?|Have you got something by {x}?|What can I read by {x}?|I am looking for books by {x}.|Does the library have {x}?
call_person(person) Call somebody on the phone.|Call {x}.|give {x} a ring|Phone {x} for me.|I want to talk to {x}.|Ring {x} up.
book_hotel(city) Book a room in a hotel.|I need a bed in {x} for tonight.|Get me a hotel in {x}.|somewhere to sleep in {x} pls|Book me a room in {x}.|Where can I sleep in {x}?
order_dish(dish) Order food.|I'd like {x} for dinner.|Get me some {x}.|one {x} please|I am hungry, order {x}.|Bring me {x}.
track_parcel(parcel) Where a parcel is.|Where is my parcel {x}?|Has {x} arrived yet?|track {x}|When will my parcel {x} come?|What happened to the parcel {x}?
movie_info(movie) About a movie.|What is {x} about?|Who plays in {x}?|tell me about the film {x}|Is {x} a good movie?|Is {x} worth watching?
game_rules(game) The rules of a game.|How do you play {x}?|What are the rules of {x}?|explain the game {x}|How does {x} work?|How is {x} played?
population(country) How many people live there.|How many people live in {x}?|How big is the population of {x}?|people in {x}?|How many live in {x}?|How many folks live in {x}?
currency_of(country) The money of a country.|What money do they use in {x}?|How do people pay in {x}?|money in {x}?|How is a coffee paid in {x}?|What do I pay with in {x}?
news(country) The news of a country.|What is new in {x}?|What happened in {x} today?|any news from {x}?|Tell me the news from {x}.|What is going on in {x}?
gate(flight_number) The gate of a flight.|Where does flight {x} leave?|Which gate for {x}?|gate for {x} pls|To which gate do I go for {x}?|From which gate does {x} go?
heating(celsius) Set the heating.|Heat to {x} degrees.|I'm cold, make it {x} degrees.|heating to {x}|Set the heating to {x}.|I want it {x} degrees warm.
set_volume(level) Set the volume.|Volume to {x}.|make it {x} percent loud|Set the sound to {x}.|Turn the volume to {x}.|I want the sound at {x}.
appointment(date) The appointments of a date.|What have I got on {x}?|Am I free on {x}?|anything planned for {x}?|Do I have time on {x}?|What is in my calendar for {x}?
menu(restaurant) The menu of a restaurant.|What can I eat at {x}?|What do they serve at {x}?|whats on the menu at {x}|Show me what {x} serves.|What is there to eat at {x}?
is_open(day) Whether the shop is open on a day.|Are you open on {x}?|Can I come on {x}?|open on {x}?|Is the shop open on {x}?|Are you there on {x}?
add_note(note) Write a note.|Write down: {x}|note: {x}|Make a note that says {x}.|Please note {x}.|Keep this in mind: {x}
lyrics(song) The words of a song.|What are the words of {x}?|How does the song {x} go?|lyrics for {x}|Show me how the song {x} goes.|What do they sing in {x}?
shopping(item) Put something on the shopping list.|We need {x}.|we are out of {x}|Put {x} on the shopping list.|I have to buy {x}.|Don't forget to buy {x}.
concerts(artist) Concerts of a band or singer.|When does {x} play next?|any concerts of {x}?|I want to see {x} live.|Where can I hear {x}?|Is {x} on tour?
speed_limit(country) How fast one may drive.|How fast can I drive in {x}?|What speed is allowed in {x}?|max speed in {x}?|How fast may cars go in {x}?|Am I allowed to drive fast in {x}?
""".strip().split("\n")
# names of a tool, the usual one first (parameters), description, questions as above
_SEVERAL = """
convert_currency/exchange_money/change_currency/currency_converter/exchange(amount, from_currency, to_currency) Convert money from one currency to another.|Change {amount} {from_currency} into {to_currency}.|How much is {amount} {from_currency} in {to_currency}?|what do I get in {to_currency} for {amount} {from_currency}|{amount} {from_currency} to {to_currency}|I have {amount} {from_currency} and need {to_currency}.|How many {to_currency} are {amount} {from_currency}?|Convert {amount} {from_currency} to {to_currency} please.|{amount} {from_currency} are how much in {to_currency}?|whats {amount} {from_currency} in {to_currency}|Exchange {amount} {from_currency} for {to_currency}.|In {to_currency}, how much are {amount} {from_currency}?|I want {to_currency} for my {amount} {from_currency}.|Please turn {amount} {from_currency} into {to_currency}.
book_table/reserve_table/table_booking/make_reservation/reserve(restaurant, people, time) Book a table in a restaurant.|Book a table for {people} at {restaurant} at {time}.|A table at {restaurant} for {people} people at {time}, please.|At {time} we want to eat at {restaurant}, we are {people}.|table for {people}, {time}, {restaurant}|Could you reserve {restaurant} for {people} at {time}?|We are {people} and would like to be at {restaurant} at {time}.|Get us a table at {time} at {restaurant} for {people} people.|Is there a table for {people} at {restaurant}, say at {time}?|dinner at {restaurant}, {time}, {people} people|Reserve for {people} persons at {time}, {restaurant}.|Could you get us a table for {people} at {restaurant} at {time}?
book_table/reserve_table/table_for/get_table(people, time) Book a table.|A table for {people} at {time}.|At {time} we come with {people} people.|Can we eat at {time}? We are {people}.|table for {people} at {time} pls|We need a table at {time} for {people}.|Book us in for {people} at {time}.
send_message/text_message/send_text/message/write_to(recipient, text) Send a message to somebody.|Text {recipient}: {text}|Tell {recipient} that {text}.|Write to {recipient}: {text}|Send {recipient} the message {text}|message {recipient} {text}|Send '{text}' to {recipient}.|Let {recipient} know: {text}|text {recipient} saying {text}|Can you tell {recipient} {text}|Drop {recipient} a line: {text}|Send a message to {recipient}: {text}|Please write {recipient} that {text}|I want to text {recipient} '{text}'|Say to {recipient}: {text}
send_email/mail/write_email/email(recipient, subject, body) Send an email.|Send an email to {recipient} with the subject {subject} and the text {body}|Mail {recipient}, subject {subject}: {body}|Write {recipient} a mail about {subject}: {body}|email to {recipient}, {subject}, saying {body}|Send {recipient} '{body}' under the subject {subject}.|Write an email to {recipient}, subject: {subject}, text: {body}|mail {recipient} about {subject} and say {body}|Write to {recipient} by mail, subject {subject}, text: {body}
send_email/email/new_mail/compose(email_address, subject, body) Send an email to an address.|Send an email to {email_address} with the subject {subject} and the text {body}|Mail {email_address}, subject {subject}, {body}|email {email_address}: subject {subject}, text {body}|Write to {email_address}, subject {subject}, saying {body}|To {email_address}, subject {subject}: {body}|Send {email_address} a mail, subject {subject}, text {body}
send_email/mail_to/write_mail(email_address, body) Send an email to an address.|Send {email_address} a mail: {body}|Mail to {email_address}: {body}|write to {email_address} that {body}|Send the mail '{body}' to {email_address}.|Send {body} by mail to {email_address}.
set_timer/start_timer/timer/new_timer/countdown(minutes, label) Start a timer with a label.|Put a timer on for {minutes} minutes for {label}.|Timer for {label}, {minutes} minutes.|Set {minutes} minutes for the {label}.|The {label} need {minutes} minutes.|{minutes} min timer for the {label} pls|I put the {label} in the oven, tell me in {minutes} minutes.|{minutes} minutes for {label}|Set a timer of {minutes} minutes called {label}.|Tell me in {minutes} minutes about {label}.|Start {label} with {minutes} minutes.|{label} timer: {minutes} minutes|Start a {minutes} minute timer for {label}.|Count down {minutes} minutes for my {label}.|A timer called {label} for {minutes} minutes please.
set_alarm/alarm/new_alarm/wake_up/make_alarm(time, label) Set an alarm with a label.|Set an alarm at {time} for {label}.|Wake me at {time} for {label}.|alarm {time} {label}|For {label} I must get up at {time}.|Let it ring at {time} with the label {label}.|An alarm called {label} at {time}, please.
play_music/play_song/play/music_player(song, artist) Play a song of an artist.|Play {song} by {artist}.|I want to hear {song} from {artist}.|put on {song} by {artist}|{artist}, {song} please|Something by {artist}: {song}|Can you play {artist}'s {song}?|Put {song} on, the one by {artist}.|play me {artist} with {song}|Let me hear {artist}'s {song}.|I'd love to listen to {song} by {artist}.
find_train/train_connection/search_trains/trains/get_train(origin, destination, day) Find trains between two cities.|I want to go from {origin} to {destination} on {day}.|Trains from {origin} to {destination} on {day}?|On {day} I travel to {destination} from {origin}.|Which trains go to {destination} from {origin} on {day}?|train {origin} {destination} {day}|Is there a train on {day} from {origin} to {destination}?|{day}, {origin} to {destination}, which train?|I need a train to {destination} on {day}, I start in {origin}.|Find me a train from {origin} to {destination}, {day}.|How do I get from {origin} to {destination} by train on {day}?
find_train/train_between/next_train/rail_search(origin, destination) Find the next train.|Next train from {origin} to {destination}?|When does a train go to {destination} from {origin}?|train {origin} to {destination} pls|I am in {origin} and want a train to {destination}.|Take me from {origin} to {destination} by train.
find_bus/bus_search/get_bus(destination, time) Find a bus.|Which bus goes to {destination} at {time}?|I need a bus at {time} to {destination}.|bus to {destination}, {time}|At {time} I want to take the bus to {destination}.|Is there a bus to {destination} at {time}?
route/find_route/get_route/directions/navigate(origin, destination) The way between two places.|How do I get from {origin} to {destination}?|Show me the way to {destination} from {origin}.|way from {origin} to {destination}?|Route from {origin} to {destination}, please.|I am in {origin}, how do I drive to {destination}?|How far is it from {origin} to {destination}?
book_flight/find_flight/search_flights/fly(origin, destination, date) Find flights.|A flight from {origin} to {destination} on {date}.|On {date} I want to fly to {destination} from {origin}.|flights {origin} to {destination}, {date}|Fly me to {destination} on {date} from {origin}.|Can I fly from {origin} to {destination} on {date}?
add_to_list/add_item/shopping_list_add/add_to_shopping_list/put_on_list(item, quantity) Add something to the shopping list.|We need {quantity} {item}, put them on the list.|Put {quantity} {item} on my shopping list.|{item}, {quantity} of them, on the list pls|Add {item} to the list, {quantity} pieces.|buy {quantity} {item}|I need {item}, {quantity} please, put it on the list.|we need {quantity} {item}, put that on the list|Please add {quantity} {item}.|We are out of {item}, get {quantity}.|don't forget {quantity} {item}|Write {quantity} {item} on the list.
switch_light/turn_light/light/set_light/lights(room, state) Switch the light of a room on or off.|Switch {state} the lamp in the {room}.|Turn the light in the {room} {state}.|{room} light {state}|light {state} in the {room} pls|Please turn {state} the lights in the {room}.|The light in the {room} must go {state}.|turn the {room} lamp {state}|I want the {room} light {state}.|lamp {state} in the {room}, please|Lights {state} in the {room}.|Can you put the {room} lamp {state}?
switch/set_device/turn/device_state(product, state) Switch a device.|Turn the {product} {state}.|Switch {state} the {product}.|{product} {state} please|I want the {product} {state}.|Can you turn {state} the {product}?
set_color/paint_room/room_color/change_color(room, color) Set the color of the light in a room.|Make the {room} {color}.|I want {color} light in the {room}.|{color} in the {room} pls|Set the {room} lamp to {color}.|Can the light in the {room} be {color}?
power/raise_to/pow/to_the_power(base, exponent) Raise a base to an exponent.|What is {base} to the power of {exponent}?|Raise {base} to the power {exponent}.|{base} to the {exponent}?|Compute {base} with the exponent {exponent}.|Exponent {exponent}, base {base}: what is it?
area/rectangle_area/get_area/surface(width, length) The area of a rectangle.|How big is a room {width} wide and {length} long?|The area of {width} by {length}?|A field is {length} long and {width} wide. How large is it?|{width} x {length} meters, what area?|Area with width {width} and length {length}?
bmi/body_mass/get_bmi/calculate_bmi(weight, height) The body mass index.|My weight is {weight} and my height {height}. What is my BMI?|I am {height} cm tall and weigh {weight} kg, whats my bmi|BMI for {weight} kg and {height} cm?|With {height} cm and {weight} kg, what is the BMI?|Height {height}, weight {weight}: is that healthy?
split_bill/share_bill/bill_per_person/divide_bill(total, people) Split a bill.|Split {total} among {people} people.|We are {people} and pay {total} together. How much each?|{total} for {people} of us, what does each pay?|The bill is {total}, we are {people}.|Share {total} between {people}.|What does each of {people} friends pay when it is {total}?
calculate_tip/tip/get_tip/tip_for(total, percent) The tip of a bill.|What is a {percent} percent tip on {total}?|How much is {percent}% of tip for a bill of {total}?|The bill is {total}, I want to give {percent} percent.|tip for {total} at {percent}%|I pay {total} and tip {percent} percent.
percent_of/percentage/get_percentage(percent, amount) Percent of an amount.|What is {percent} percent of {amount}?|{percent}% of {amount}?|How much of {amount} is {percent} percent?|Take {percent} percent of {amount}.|I have {amount}. What is {percent} percent of it?
translate_to/translate/translate_text/translator(text, language) Translate a text.|Translate '{text}' into {language}.|How do I say {text} in {language}?|What is '{text}' in {language}?|say {text} in {language}|In {language}, what would {text} be?|I need {text} in {language}.
schedule_meeting/meet/new_meeting/plan_meeting/make_appointment(person, day, time) Plan a meeting.|Plan a meeting with {person} on {day} at {time}.|I want to meet {person} at {time} on {day}.|{day} at {time}: meeting with {person}|On {day} at {time} I see {person}.|Meet {person}, {day}, {time}|Can I see {person} on {day} at {time}?
schedule_meeting/meeting_with/meet_on/arrange(person, day) Plan a meeting.|Plan something with {person} on {day}.|On {day} I meet {person}.|meeting {person} {day}|I want to see {person} on {day}.|Put {person} in my calendar for {day}.
create_event/add_event/new_event/calendar_add/make_event(event, date) Put an event in the calendar.|Put {event} in my calendar on {date}.|On {date} there is {event}.|{date}: {event}, put it in the calendar|Create the event {event} on {date}.|Add {event} to the calendar for {date}.|New event: {event}, {date}
add_reminder/remind/remind_me/set_reminder/reminder(task, time) Remember something at a time.|Remind me at {time}: {task}|At {time}, remind me to {task}.|Don't let me forget to {task} at {time}.|{time} {task}, remind me|Remind me to {task} at {time}.|remind me to {task} at {time}, please|At {time} I have to {task}, tell me.|dont let me forget at {time} to {task}|I must {task} at {time}, remind me.
add_reminder/new_reminder/remind_on/todo(task, day) Remember something on a day.|Remind me on {day} to {task}.|On {day} I have to {task}.|{task} on {day}, dont let me forget|I must {task} on {day}, remind me.|Remind me to {task} on {day}.
transfer/send_money/pay/make_transfer/transfer_money(amount, account) Send money to an account.|Send {amount} to the account {account}.|Transfer {amount} euros to {account}.|account {account} gets {amount}|Pay {amount} to {account}.|Please send {amount} to {account}.|move {amount} to account {account}|To {account}, please transfer {amount}.
pay_person/give_money/lend/send_cash(recipient, amount) Give money to somebody.|Give {recipient} {amount} euros.|Send {amount} dollars to {recipient}.|{recipient} gets {amount} from me|I owe {recipient} {amount}, please pay.|Pay {amount} to {recipient}.
rate_movie/rate/give_rating/add_rating/review(movie, stars) Rate a movie.|Give {movie} {stars} stars.|{stars} stars for {movie}|I liked {movie}, {stars} stars.|Rate {movie} with {stars}.|{movie} gets {stars} stars from me.|The film {movie} deserves {stars} stars.
order/order_food/place_order/order_dish/get_food(dish, count) Order food.|I'd like {count} {dish}.|Bring us {count} {dish}.|{count} {dish} please|Order {count} times {dish}.|Can we have {dish}, {count} of them?|We take {count} {dish}.
buy/buy_item/purchase/order_product(product, quantity, price) Buy something up to a price.|Buy {quantity} {product} for at most {price}.|Get {quantity} {product}, not more than {price} euros.|{quantity} {product}, max price {price}|I pay up to {price} for {quantity} {product}.|Please order {quantity} {product} for {price} or less.
total_price/cost/price_for/get_total(price, quantity) The price of several pieces.|What do {quantity} pieces at {price} each cost?|One costs {price}. How much are {quantity}?|{quantity} at {price} each?|I buy {quantity} for {price} each, whats the total|How much for {quantity} if one is {price}?
book_hotel/hotel_booking/reserve_room/find_hotel/get_hotel(city, nights) Book a hotel.|A hotel in {city} for {nights} nights.|I stay {nights} nights in {city}.|{nights} nights in {city} pls|Where can I sleep in {city} for {nights} nights?|Book me {nights} nights in {city}.|I need a room in {city}, {nights} nights.
book_hotel/reserve_hotel/hotel_search(city, date, nights) Book a hotel from a date on.|A hotel in {city} from {date} for {nights} nights.|From {date} I stay {nights} nights in {city}.|{city}, {date}, {nights} nights|Book {nights} nights in {city} from {date}.|I need a room in {city} on {date} for {nights} nights.
weather_on/get_weather/weather/forecast/get_forecast(city, day) The weather of a city on a day.|How will the weather be in {city} on {day}?|Weather for {city} on {day}?|Will it rain on {day} in {city}?|{city} on {day}, sun or rain?|On {day} I am in {city}. What is the weather?|whats the weather on {day} in {city}|Do I need a coat in {city} on {day}?|weather {city} {day}|Is it cold in {city} on {day}?
get_temperature/temperature/weather_in_unit/temp(city, unit) The temperature of a city.|How warm is it in {city} in {unit}?|Temperature of {city} in {unit}?|In {unit}, how hot is {city}?|{city} temperature, {unit} please|Tell me in {unit} how cold it is in {city}.
travel_time/time_needed/duration/get_duration(distance, speed) How long a way takes.|How long do I need for {distance} km at {speed} km an hour?|I drive {speed} km an hour, the way is {distance} km. How long?|{distance} km with {speed}?|Time for {distance} km at a speed of {speed}?|At a speed of {speed}, how long are {distance} km?
fuel_use/consumption/fuel_per_km(distance, liters) How much fuel a car needs.|I drove {distance} km with {liters} liters. How much does my car use?|{liters} liters for {distance} km, is that much?|The car took {liters} liters on {distance} km.|With {liters} liters I came {distance} km.|What is the use with {distance} km and {liters} liters?
borrow_book/lend_book/reserve_book/get_book(book, author) Borrow a book.|I want to read {book} by {author}.|Is {book} by {author} there?|{author}, {book}, is it free?|Borrow {book} by {author} for me.|Do you have {author}'s {book}?|Can I get {book} by {author}?
add_contact/new_contact/save_contact/save_number(person, number) Save a phone number.|Save {number} as the number of {person}.|{person} has the number {number}, save it.|new contact {person} {number}|The number of {person} is {number}, keep it.|Add {person} with {number} to my contacts.
set_score/add_points/give_points/update_score(player, points) Give points to a player.|{player} gets {points} points.|Give {points} points to {player}.|{points} for {player}|Write down {points} points for {player}.|Put {player} at {points} points.
check_in/register_guest/new_guest/add_guest(guest, room_number) Give a guest a room.|{guest} gets room {room_number}.|Put {guest} in room {room_number}.|room {room_number} for {guest}|Give room {room_number} to {guest}.|Check {guest} into room {room_number}.
add_employee/hire/new_employee/add_user(person, age, city) Add somebody to the list of people.|Add {person}, {age} years old, from {city}.|{person} from {city} is {age}, add them.|new: {person}, {age}, {city}|Put {person} on the list, {age} years, living in {city}.|A new colleague from {city}: {person}, {age} years old.
ask_person/ask/question_to/poll(person, question) Ask somebody.|Ask {person}: {question}|Can you ask {person} {question}|I want {person} to answer {question}|ask {person} this: {question}|Put the question {question} to {person}.
book_cinema/cinema/buy_tickets/get_tickets(movie, count, day) Buy tickets for a movie.|{count} tickets for {movie} on {day}.|On {day} we want to see {movie}, we are {count}.|{movie}, {day}, {count} people|Get me {count} seats for {movie} on {day}.|Buy {count} tickets on {day} for {movie}.
is_open/open_at/check_open/shop_open(shop, day) Whether a shop is open on a day.|Is {shop} open on {day}?|Can I go to {shop} on {day}?|{shop} on {day}, open or not?|On {day} I want to go to {shop}. Is it open?|Does {shop} open on {day}?
""".strip().split("\n")


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


def _read(line: str) -> Tool:
    declared, *asked = line.split("|")
    call, _, about = declared.partition(") ")
    tool, _, parameters = call.partition("(")
    return Tool(tuple(tool.split("/")), tuple(parameters.split(", ")), about, Wordings(tuple(asked[:-1]), tuple(asked[-1:])))


TOOLS = tuple(map(_read, _TOOLS))  # of one parameter, which the questions call x
SEVERAL = tuple(map(_read, _SEVERAL))


def alike(tool: str, other: str) -> bool:
    """Whether both might answer one question: `email_of` and `get_email` too."""
    return _plain(tool) == _plain(other) or any({tool, other} <= group for group in ALIKE)


def _plain(tool: str) -> str:
    return tool.removeprefix("get_").removesuffix("_of")
