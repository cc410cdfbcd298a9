"""Tools as somebody may write them, asked for in other words than those of their names. Called by functions."""

from .draft import Wordings

NUMBERS = ("number", "sides", "celsius", "euros", "order")  # parameters that take an integer, a place, a person
PLACES, PEOPLE = ("stop", "station", "city", "country"), ("person", "student", "author")
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
""".strip().split("\n")


def _read(line: str) -> tuple[str, str, str, Wordings]:
    declared, *asked = line.split("|")
    call, _, about = declared.partition(") ")
    tool, _, parameter = call.partition("(")
    return tool, parameter, about, Wordings(tuple(asked[:-1]), tuple(asked[-1:]))


TOOLS = tuple(_read(line) for line in _TOOLS)  # name, parameter, description, wordings
