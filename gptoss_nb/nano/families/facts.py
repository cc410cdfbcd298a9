"""Things a child knows: capitals, opposites, plurals, animals, colours, numerals, and some others. Tested in wordings of its own."""

import random

from .draft import Draft, Say, Wordings

CAPITALS = dict(
    pair.split(":")
    for pair in """France:Paris,Germany:Berlin,Spain:Madrid,Italy:Rome,Portugal:Lisbon,Austria:Vienna,Greece:Athens,Norway:Oslo,
Sweden:Stockholm,Finland:Helsinki,Denmark:Copenhagen,Ireland:Dublin,Poland:Warsaw,Hungary:Budapest,Russia:Moscow,Ukraine:Kyiv,Turkey:Ankara,Egypt:Cairo,
Kenya:Nairobi,Morocco:Rabat,Japan:Tokyo,China:Beijing,India:Delhi,Thailand:Bangkok,Vietnam:Hanoi,Iran:Tehran,Iraq:Baghdad,Cuba:Havana,Peru:Lima,
Chile:Santiago,Canada:Ottawa,Brazil:Brasilia,Argentina:Buenos Aires,England:London,Scotland:Edinburgh,Wales:Cardiff,Belgium:Brussels,Switzerland:Bern,
Romania:Bucharest,Bulgaria:Sofia,Serbia:Belgrade,Croatia:Zagreb,Iceland:Reykjavik,Australia:Canberra,Mexico:Mexico City,Lebanon:Beirut,Syria:Damascus,
Ghana:Accra,Nepal:Kathmandu,Colombia:Bogota,Venezuela:Caracas,Estonia:Tallinn,Latvia:Riga,Lithuania:Vilnius""".replace("\n", "").split(",")
)
OPPOSITES = [
    tuple(pair.split(":"))
    for pair in """hot:cold,big:small,long:short,fast:slow,high:low,old:young,happy:sad,wet:dry,light:dark,hard:soft,open:closed,
full:empty,rich:poor,strong:weak,loud:quiet,early:late,good:bad,up:down,left:right,in:out,on:off,day:night,black:white,clean:dirty,thick:thin,wide:narrow,
near:far,first:last,same:different,easy:difficult,true:false,begin:end,buy:sell,push:pull,give:take,win:lose,love:hate,laugh:cry,sweet:sour,
deep:shallow,brave:cowardly,safe:dangerous,north:south,east:west,summer:winter,morning:evening,above:below,before:after,always:never,more:less,many:few,
inside:outside,question:answer,friend:enemy,war:peace,life:death,yes:no,sharp:blunt,smooth:rough,polite:rude,asleep:awake,alive:dead,
present:absent,remember:forget,raise:lower,success:failure,arrive:leave,sunrise:sunset,top:bottom,front:back,male:female,
giant:dwarf,beautiful:ugly,noisy:silent,cheap:expensive""".replace("\n", "").split(",")
]
PLURALS = dict(
    pair.split(":")
    for pair in """mouse:mice,child:children,foot:feet,tooth:teeth,goose:geese,man:men,woman:women,ox:oxen,person:people,leaf:leaves,
knife:knives,wolf:wolves,life:lives,wife:wives,half:halves,shelf:shelves,loaf:loaves,thief:thieves,calf:calves,box:boxes,fox:foxes,bus:buses,
church:churches,dish:dishes,brush:brushes,glass:glasses,watch:watches,peach:peaches,bench:benches,kiss:kisses,city:cities,baby:babies,lady:ladies,
story:stories,berry:berries,cherry:cherries,party:parties,family:families,country:countries,puppy:puppies,pony:ponies,fly:flies,potato:potatoes,
tomato:tomatoes,hero:heroes,echo:echoes,sheep:sheep,fish:fish,deer:deer,cat:cats,dog:dogs,house:houses,tree:trees,car:cars,book:books,apple:apples,
day:days,toy:toys,key:keys,boy:boys,monkey:monkeys,girl:girls,table:tables,chair:chairs,flower:flowers,bird:birds,horse:horses,window:windows,door:doors,
river:rivers,lake:lakes,moon:moons,star:stars,song:songs,letter:letters,word:words,pencil:pencils,lamp:lamps,banana:bananas,orange:oranges,egg:eggs,
piano:pianos,photo:photos,roof:roofs,louse:lice,cactus:cacti,crisis:crises,wish:wishes,match:matches,class:classes,tax:taxes,hand:hands,
eye:eyes,ear:ears,friend:friends,teacher:teachers,king:kings,queen:queens,shoe:shoes,hat:hats,bee:bees,ant:ants,cow:cows,pig:pigs""".replace(
        "\n", ""
    ).split(",")
)
LEGS = {
    "spider": 8,
    "dog": 4,
    "cat": 4,
    "horse": 4,
    "bird": 2,
    "human": 2,
    "ant": 6,
    "bee": 6,
    "cow": 4,
    "chicken": 2,
    "fly": 6,
    "elephant": 4,
    "snake": 0,
    "fish": 0,
    "duck": 2,
    "sheep": 4,
    "beetle": 6,
    "butterfly": 6,
}
YOUNG = dict(
    pair.split(":")
    for pair in "dog:puppy,cat:kitten,cow:calf,horse:foal,sheep:lamb,pig:piglet,goat:kid,bear:cub,duck:duckling,hen:chick,goose:gosling,frog:tadpole,deer:fawn,swan:cygnet,owl:owlet,kangaroo:joey".split(
        ","
    )
)
COLOURS = dict(
    pair.split(":")
    for pair in "grass:green,the sky:blue,snow:white,blood:red,a banana:yellow,coal:black,a lemon:yellow,milk:white,a tomato:red,the sun:yellow,an orange:orange,chocolate:brown,a crow:black,a frog:green,a strawberry:red,a cucumber:green,an elephant:gray,a flamingo:pink".split(
        ","
    )
)
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
OTHERS = (  # asked in two or more ways each; the last is kept for the test
    (
        "Water freezes at 0 degrees Celsius.",
        "At what temperature does water freeze?",
        "When does water freeze?",
        "What is the freezing point of water?",
    ),
    (
        "Water boils at 100 degrees Celsius.",
        "At what temperature does water boil?",
        "When does water boil?",
        "What is the boiling point of water?",
    ),
    (
        "Mercury is the planet closest to the sun.",
        "Which planet is closest to the sun?",
        "What is the closest planet to the sun?",
        "Which planet is nearest to the sun?",
    ),
    ("Jupiter is the largest planet.", "Which planet is the largest?", "What is the largest planet?", "What is the biggest planet?"),
    (
        "There are eight planets.",
        "How many planets are there?",
        "How many planets does the sun have?",
        "How many planets are in the solar system?",
    ),
    (
        "The earth has one moon.",
        "How many moons does the earth have?",
        "How many moons has the earth?",
        "How many moons go around the earth?",
    ),
    (
        "A triangle has three sides.",
        "How many sides does a triangle have?",
        "How many sides has a triangle?",
        "What number of sides does a triangle have?",
    ),
    (
        "A square has four sides.",
        "How many sides does a square have?",
        "How many sides has a square?",
        "What number of sides does a square have?",
    ),
    (
        "A hexagon has six sides.",
        "How many sides does a hexagon have?",
        "How many sides has a hexagon?",
        "What number of sides does a hexagon have?",
    ),
    ("There are five vowels: a, e, i, o, u.", "What are the vowels?", "Which letters are vowels?", "Name the vowels."),
    (
        "There are 26 letters in the English alphabet.",
        "How many letters are in the English alphabet?",
        "How many letters does the alphabet have?",
        "How many letters are in the alphabet?",
    ),
    (
        "The four seasons are spring, summer, autumn and winter.",
        "What are the four seasons?",
        "Name the four seasons.",
        "Which seasons are there?",
    ),
    ("The largest ocean is the Pacific.", "What is the largest ocean?", "Which ocean is the largest?", "What is the biggest ocean?"),
    ("The largest animal is the blue whale.", "What is the largest animal?", "Which animal is the largest?", "What is the biggest animal?"),
    ("Bees make honey.", "Who makes honey?", "Which animals make honey?", "What animal makes honey?"),
    ("A week has seven days.", "How many days does a week have?", "How many days are in a week?", "How many days are there in a week?"),
    (
        "A year has twelve months.",
        "How many months does a year have?",
        "How many months are in a year?",
        "How many months are there in a year?",
    ),
    (
        "A year has 365 days, a leap year 366.",
        "How many days does a year have?",
        "How many days are in a year?",
        "How many days are there in a year?",
    ),
    (
        "An hour has 60 minutes.",
        "How many minutes does an hour have?",
        "How many minutes are in an hour?",
        "How many minutes are there in an hour?",
    ),
    (
        "A minute has 60 seconds.",
        "How many seconds does a minute have?",
        "How many seconds are in a minute?",
        "How many seconds are there in a minute?",
    ),
    ("A day has 24 hours.", "How many hours does a day have?", "How many hours are in a day?", "How many hours are there in a day?"),
    ("A dozen is twelve.", "How many is a dozen?", "How much is a dozen?", "What is a dozen?"),
    ("Ice is frozen water.", "What is ice?", "What is ice made of?", "What is frozen water called?"),
)
CAPITAL = Wordings(
    (
        "What is the capital of {x}?",
        "What's the capital of {x}?",
        "Capital of {x}?",
        "Which city is the capital of {x}?",
        "Tell me the capital of {x}.",
        "Name the capital of {x}.",
        "Do you know the capital of {x}?",
        "The capital of {x}?",
        "What city is the capital of {x}?",
        "Can you tell me the capital of {x}?",
        "Give me the capital of {x}.",
        "What is {x}'s capital?",
        "Which is the capital of {x}?",
        "{x}: what is the capital?",
        "What's the capital city of {x}?",
        "Which city is {x}'s capital?",
        "Which is {x}'s capital?",
        "Tell me {x}'s capital.",
        "Name {x}'s capital.",
        "Do you know {x}'s capital?",
        "What is the name of the capital of {x}?",
        "What is the capital called in {x}?",
        "What capital does {x} have?",
        "Which capital does {x} have?",
        "Which city is the capital city of {x}?",
        "{x}'s capital?",
        "{x}'s capital is?",
        "The capital of {x} is?",
        "The capital city of {x}?",
        "Capital city of {x}?",
        "Could you tell me the capital of {x}?",
        "Please tell me the capital of {x}.",
        "I want to know the capital of {x}.",
        "I need the capital of {x}.",
        "What would be the capital of {x}?",
        "Say the capital of {x}.",
        "Find the capital of {x}.",
        "Can you say what the capital of {x} is?",
        "Tell me what the capital of {x} is.",
        "Do you know what the capital of {x} is?",
    ),
    (
        "What is the capital city of {x}?",
        "Can you name the capital of {x}?",
        "What's {x}'s capital?",
        "Please tell me what the capital of {x} is.",
    ),
)
COUNTRY = Wordings(
    (
        "Which country has the capital {x}?",
        "{x} is the capital of which country?",
        "Of which country is {x} the capital?",
        "What country has the capital {x}?",
        "What is {x} the capital of?",
        "Which country's capital is {x}?",
        "Name the country whose capital is {x}.",
        "Tell me which country has the capital {x}.",
        "The capital {x} belongs to which country?",
        "In which country is {x} the capital?",
        "{x} is the capital of what?",
        "Whose capital is {x}?",
        "{x} is which country's capital?",
        "{x} is the capital city of which country?",
        "What country's capital is {x}?",
        "Which country does the capital {x} belong to?",
        "Of what country is {x} the capital?",
        "Of what is {x} the capital?",
        "{x}: the capital of which country?",
        "Which country is it that has the capital {x}?",
        "Which land has {x} as capital?",
        "Which country has {x} as the capital?",
        "What country has {x} as its capital city?",
        "Tell me of which country {x} is the capital.",
        "Tell me the country whose capital is {x}.",
        "Tell me the country with the capital {x}.",
        "Name the country with the capital {x}.",
        "Can you tell me which country has the capital {x}?",
        "Do you know which country has the capital {x}?",
        "{x} is capital of?",
        "{x} is the capital of?",
        "I want to know which country has the capital {x}.",
        "Which country is governed from {x}?",
        "Where is {x} the capital?",
        "In what country is {x} the capital?",
    ),
    (
        "{x} is the capital of what country?",
        "What country is {x} the capital of?",
        "Which country is {x} the capital of?",
        "Which country has {x} as its capital?",
    ),
)
OPPOSITE = Wordings(
    (
        "What is the opposite of {x}?",
        "Opposite of {x}?",
        "What's the opposite of {x}?",
        "Give me the opposite of {x}.",
        "Tell me the opposite of {x}.",
        "The opposite of {x}?",
        "Which word is the opposite of {x}?",
        "What is the opposite of '{x}'?",
        "Name the opposite of {x}.",
        "Find the opposite of {x}.",
        "Do you know the opposite of {x}?",
        "What word means the opposite of {x}?",
        "What is the opposite of the word {x}?",
        "What is the contrary of {x}?",
        "Contrary of {x}?",
        "What is the exact opposite of {x}?",
        "I mean the opposite of {x}.",
        "I want the opposite of {x}.",
        "I need the opposite of {x}.",
        "I need a word that means the opposite of {x}.",
        "What's opposite to {x}?",
        "What is opposite to {x}?",
        "Say what the opposite of {x} is.",
        "Can you say the opposite of {x}?",
        "Could you tell me the opposite of {x}?",
        "Do you know the opposite of '{x}'?",
        "Give the opposite of {x}.",
        "Give me the opposite of '{x}'.",
        "Tell me the opposite of '{x}'.",
        "Tell me what the opposite of {x} is.",
        "The opposite of '{x}'?",
        "{x}: what is the opposite?",
        "{x} and its opposite?",
        "Opposite: {x}",
        "Opposite word of {x}?",
        "Which word is opposite to {x}?",
        "Which word means the opposite of {x}?",
        "What word is the opposite of {x}?",
        "What is not {x}, but the opposite?",
        "If it is not {x}, what is the opposite?",
        "Find a word for the opposite of {x}.",
        "Find the word that is the opposite of {x}.",
        "Please tell me the opposite of the word {x}.",
    ),
    (
        "Can you tell me the opposite of {x}?",
        "What is the contrary of {x}? I mean the opposite.",
        "Say the opposite of {x}.",
        "What's the opposite of '{x}'?",
    ),
)
PLURAL = Wordings(
    (
        "What is the plural of {x}?",
        "Plural of {x}?",
        "What's the plural of {x}?",
        "Give me the plural of {x}.",
        "Tell me the plural of {x}.",
        "The plural of {x}?",
        "How do you form the plural of {x}?",
        "What is the plural of '{x}'?",
        "Name the plural of {x}.",
        "What is the plural form of {x}?",
        "Do you know the plural of {x}?",
        "One {x}, two what?",
        "What is the plural of the word {x}?",
        "What is the plural form of '{x}'?",
        "What's the plural of '{x}'?",
        "What's the plural of the word {x}?",
        "What is the plural of the noun '{x}'?",
        "The plural of the noun {x}?",
        "Plural form of {x}?",
        "Plural: {x}",
        "Plural of '{x}'?",
        "I need the plural of {x}.",
        "I want the plural of {x}.",
        "Give the plural of {x}.",
        "Give me the plural of '{x}'.",
        "Give me the plural form of {x}.",
        "Tell me the plural of '{x}'.",
        "Tell me the plural form of {x}.",
        "Tell me what the plural of {x} is.",
        "Form the plural of {x}.",
        "Write the plural of {x}.",
        "Find the plural of {x}.",
        "Can you say the plural of {x}?",
        "Can you form the plural of {x}?",
        "Could you tell me the plural of {x}?",
        "How do you write the plural of {x}?",
        "How do you say {x} in the plural?",
        "{x} in the plural?",
        "What is {x} in the plural?",
        "One {x}, many what?",
        "I have one {x}. You have two what?",
        "More than one {x} is called what?",
        "Make {x} plural.",
    ),
    (
        "Can you tell me the plural of {x}?",
        "What's the plural form of {x}?",
        "Say the plural of {x}.",
        "What is the plural of the noun {x}?",
    ),
)
LEG = Wordings(
    (
        "How many legs does {x} have?",
        "How many legs has {x}?",
        "Number of legs of {x}?",
        "How many legs are there on {x}?",
        "Tell me how many legs {x} has.",
        "{x} has how many legs?",
        "What number of legs does {x} have?",
        "Count the legs of {x}.",
        "On how many legs does {x} walk?",
        "Do you know how many legs {x} has?",
        "Legs of {x}?",
        "How many legs can you count on {x}?",
        "How many legs do you see on {x}?",
        "How many legs will {x} have?",
        "How many legs are on {x}?",
        "Can you tell me the number of legs of {x}?",
        "What is the number of legs of {x}?",
        "Tell me the number of legs of {x}.",
        "With how many legs does {x} walk?",
        "Say how many legs {x} has.",
        "{x}: how many legs?",
        "I want to know how many legs {x} has.",
        "How many legs can {x} have?",
        "{x} walks on how many legs?",
        "Can you say how many legs {x} has?",
    ),
    (
        "How many legs do you count on {x}?",
        "Can you tell me how many legs {x} has?",
        "What is the number of legs that {x} has?",
        "How many legs can {x} walk on?",
    ),
)
YOUNGS = Wordings(
    (
        "What is a young {x} called?",
        "What is a baby {x} called?",
        "What do you call a young {x}?",
        "What do you call a baby {x}?",
        "What is the young of a {x} called?",
        "How is a young {x} called?",
        "Name of a baby {x}?",
        "What is the name for a young {x}?",
        "Tell me what a young {x} is called.",
        "What is the word for a baby {x}?",
        "A young {x} is called what?",
        "Which word means a young {x}?",
        "What is the young one of a {x} called?",
        "What is the baby of a {x} called?",
        "What is a {x} called when it is young?",
        "What is a {x}'s baby called?",
        "What's the baby of a {x} called?",
        "What's the word for a young {x}?",
        "What's the name for a baby {x}?",
        "How do you call a baby {x}?",
        "How do you call a young {x}?",
        "How do people call a young {x}?",
        "What do people call a young {x}?",
        "Name of a young {x}?",
        "Name the young of a {x}.",
        "Give me the word for a young {x}.",
        "Tell me the word for a baby {x}.",
        "Baby {x} is called?",
        "Young {x} is called?",
        "Which word means a baby {x}?",
        "What would you call a young {x}?",
        "Do you know what a young {x} is called?",
    ),
    ("What's a baby {x} called?", "What's a young {x} called?", "What do people call a baby {x}?", "What is the name of a baby {x}?"),
)
COLOUR = Wordings(
    (
        "What color is {x}?",
        "What colour is {x}?",
        "Which color is {x}?",
        "What color does {x} have?",
        "Which colour does {x} have?",
        "What is the color of {x}?",
        "Tell me the color of {x}.",
        "Color of {x}?",
        "Do you know what color {x} is?",
        "What is the colour of {x}?",
        "Name the color of {x}.",
        "Which color has {x}?",
        "What's the colour of {x}?",
        "What color has {x}?",
        "What color would {x} be?",
        "Which color is the one of {x}?",
        "Tell me what colour {x} is.",
        "Tell me the colour of {x}.",
        "Name the colour of {x}.",
        "Say what color {x} is.",
        "Do you know the color of {x}?",
        "Do you know what colour {x} is?",
        "Can you say what color {x} is?",
        "Can you tell me what color {x} is?",
        "Could you tell me the color of {x}?",
        "Colour of {x}?",
        "{x} has which color?",
        "{x}: what color?",
        "What is {x}'s color?",
        "I want to know the color of {x}.",
        "In which color do you see {x}?",
        "Of which color is {x}?",
    ),
    ("What's the color of {x}?", "Tell me what color {x} is.", "What colour does {x} have?", "Can you tell me the color of {x}?"),
)
IN_WORDS = Wordings(
    (
        "How do you write {x} in words?",
        "Write {x} in words.",
        "Write the number {x} in words.",
        "What is {x} in words?",
        "Spell the number {x}.",
        "How is {x} written in words?",
        "{x} in words?",
        "Say {x} in words.",
        "How do you spell the number {x}?",
        "Put {x} in words.",
        "Write {x} as a word.",
        "Give me {x} in words.",
        "Can you put {x} in words?",
        "Can you put {x} into words?",
        "Can you say {x} in words?",
        "Could you write {x} in words?",
        "Put {x} into words.",
        "Put the number {x} into words.",
        "Turn the number {x} into a word.",
        "Turn {x} into a word.",
        "Spell {x} as a number word.",
        "Spell out the number {x}.",
        "Write out {x}.",
        "Write out the number {x}.",
        "How would you say {x} in words?",
        "How would you spell the number {x}?",
        "How do I write {x} in words?",
        "How do you say the number {x}?",
        "What is the word for {x}?",
        "What's {x} in words?",
        "Tell me {x} in words.",
        "{x} as a word?",
        "{x} as words",
        "The number {x} in words?",
    ),
    ("What is the number {x} in words?", "Can you write {x} in words?", "How would you write {x} in words?", "Turn {x} into words."),
)
IN_DIGITS = Wordings(
    (
        "Write {x} in digits.",
        "What is {x} in digits?",
        "Write the number {x} in digits.",
        "{x} in digits?",
        "How do you write {x} in digits?",
        "Put {x} in digits.",
        "Give me {x} in digits.",
        "Write {x} as a number.",
        "Say {x} in digits.",
        "What number is {x}?",
        "How is {x} written in digits?",
        "Which number is {x}?",
        "Can you put {x} in digits?",
        "Can you say {x} in digits?",
        "Could you write {x} in digits?",
        "Can you turn {x} into digits?",
        "Put the number {x} in digits.",
        "Put {x} into digits.",
        "Turn the number {x} into digits.",
        "Turn {x} into a number.",
        "How would you put {x} in digits?",
        "How would {x} look in digits?",
        "How do I write {x} in digits?",
        "How do you write the number {x} in digits?",
        "What's {x} in digits?",
        "What is {x} as a number?",
        "What is the number {x} written in digits?",
        "The number {x} in digits?",
        "{x} as a number?",
        "{x} with digits?",
        "Write {x} with digits.",
        "Tell me {x} in digits.",
        "Give me the digits of {x}.",
        "Digits for {x}?",
    ),
    ("Can you write {x} in digits?", "Turn {x} into digits.", "What is the number {x} in digits?", "How would you write {x} in digits?"),
)
_OTHERS = [
    (Wordings(tuple([*asked[:-1], *(f"Tell me: {a[0].lower()}{a[1:]}" for a in asked[:-1])]), asked[-1:]), answer)
    for answer, *asked in OTHERS
]


def draw(rng: random.Random, say: Say) -> Draft:
    return rng.choices((_capital, _opposite, _plural, _animal, _colour, _numeral, _other), (26, 24, 24, 8, 5, 6, 7))[0](rng, say)


def _known(prompt: str, thought: str, answer: str) -> Draft:
    return Draft((), prompt, answer, thought, f"{thought}. Check: {thought}, right.")


def _capital(rng, say: Say) -> Draft:
    country, capital = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.65:
        return _known(say(CAPITAL, x=country), f"{country} > {capital}", f"The capital of {country} is {capital}.")
    return _known(say(COUNTRY, x=capital), f"{capital} > {country}", f"{capital} is the capital of {country}.")


def _opposite(rng, say: Say) -> Draft:
    a, b = rng.choice(OPPOSITES)
    if rng.random() < 0.5:
        a, b = b, a
    return _known(say(OPPOSITE, x=a), f"{a} > {b}", f"The opposite of {a} is {b}.")


def _plural(rng, say: Say) -> Draft:
    one, many = rng.choice(list(PLURALS.items()))
    return _known(say(PLURAL, x=one), f"{one} > {many}", f"The plural of {one} is {many}.")


def _animal(rng, say: Say) -> Draft:
    if rng.random() < 0.5:
        animal, legs = rng.choice(list(LEGS.items()))
        some = f"{'an' if animal[0] in 'aeiou' else 'a'} {animal}"
        asked = rng.choice((some, some, f"the {animal}", f"one {animal}", f"any {animal}"))
        return _known(say(LEG, x=asked), f"{animal} > {legs}", f"{some[0].upper()}{some[1:]} has {legs or 'no'} legs.")
    animal, young = rng.choice(list(YOUNG.items()))
    return _known(
        say(YOUNGS, x=animal), f"{animal} > {young}", f"A young {animal} is called a{'n' if young[0] in 'aeiou' else ''} {young}."
    )


def _colour(rng, say: Say) -> Draft:
    thing, colour = rng.choice(list(COLOURS.items()))
    return _known(say(COLOUR, x=thing), f"{thing} > {colour}", f"{thing[0].upper()}{thing[1:]} is {colour}.")


def numeral(n: int) -> str:
    """0 to 100 in words."""
    if n < 20:
        return ONES[n]
    return "one hundred" if n == 100 else TENS[n // 10 - 2] + (f"-{ONES[n % 10]}" if n % 10 else "")


def _numeral(rng, say: Say) -> Draft:
    n = rng.randint(0, 100)
    if rng.random() < 0.6:
        return _known(say(IN_WORDS, x=n), f"{n} > {numeral(n)}", f"{numeral(n)[0].upper()}{numeral(n)[1:]}.")
    return _known(say(IN_DIGITS, x=numeral(n)), f"{numeral(n)} > {n}", f"{n}.")


def _other(rng, say: Say) -> Draft:
    wordings, answer = rng.choice(_OTHERS)
    return _known(say(wordings), "I know that", answer)
