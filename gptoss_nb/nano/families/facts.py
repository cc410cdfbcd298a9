"""Things a child knows: capitals, opposites, plurals, animals, colours, numerals, and some others. Tested in wordings of its own."""

import random

from .draft import Draft, Say, Wordings, wordings

CAPITALS = dict(
    pair.split(":")
    for pair in """France:Paris,Germany:Berlin,Spain:Madrid,Italy:Rome,Portugal:Lisbon,Austria:Vienna,Greece:Athens,Norway:Oslo,
Sweden:Stockholm,Finland:Helsinki,Denmark:Copenhagen,Ireland:Dublin,Poland:Warsaw,Hungary:Budapest,Russia:Moscow,
Ukraine:Kyiv,Turkey:Ankara,Egypt:Cairo,Kenya:Nairobi,Morocco:Rabat,Japan:Tokyo,China:Beijing,India:Delhi,
Thailand:Bangkok,Vietnam:Hanoi,Iran:Tehran,Iraq:Baghdad,Cuba:Havana,Peru:Lima,Chile:Santiago,Canada:Ottawa,
Brazil:Brasilia,Argentina:Buenos Aires,England:London,Scotland:Edinburgh,Wales:Cardiff,Belgium:Brussels,Switzerland:Bern,
Romania:Bucharest,Bulgaria:Sofia,Serbia:Belgrade,Croatia:Zagreb,Iceland:Reykjavik,Australia:Canberra,Mexico:Mexico City,
Lebanon:Beirut,Syria:Damascus,Ghana:Accra,Nepal:Kathmandu,Colombia:Bogota,Venezuela:Caracas,Estonia:Tallinn,Latvia:Riga,
Lithuania:Vilnius,the Netherlands:Amsterdam,the USA:Washington,South Korea:Seoul,Slovakia:Bratislava,Slovenia:Ljubljana,Indonesia:Jakarta,
the Philippines:Manila,Pakistan:Islamabad,New Zealand:Wellington,Ecuador:Quito,Nigeria:Abuja,South Africa:Pretoria""".replace("\n", "").split(",")
)
OPPOSITES = [
    tuple(pair.split(":"))
    for pair in """hot:cold,big:small,long:short,fast:slow,high:low,old:young,happy:sad,wet:dry,light:dark,hard:soft,open:closed,
full:empty,rich:poor,strong:weak,loud:quiet,early:late,good:bad,up:down,left:right,in:out,on:off,day:night,black:white,clean:dirty,thick:thin,wide:narrow,
near:far,first:last,same:different,easy:difficult,true:false,begin:end,buy:sell,push:pull,give:take,win:lose,love:hate,laugh:cry,sweet:sour,
deep:shallow,brave:cowardly,safe:dangerous,north:south,east:west,summer:winter,morning:evening,above:below,before:after,always:never,more:less,many:few,
inside:outside,question:answer,friend:enemy,war:peace,life:death,yes:no,sharp:blunt,smooth:rough,polite:rude,asleep:awake,alive:dead,
present:absent,remember:forget,raise:lower,success:failure,arrive:leave,sunrise:sunset,top:bottom,front:back,male:female,
giant:dwarf,beautiful:ugly,noisy:silent,cheap:expensive,start:stop,float:sink,guilty:innocent,ancient:modern,tight:loose,whisper:shout,
heaven:hell,victory:defeat,accept:refuse,increase:decrease,generous:greedy,healthy:sick,married:single,freeze:melt""".replace("\n", "").split(",")
]
ONE_WAY = {"heavy": "light", "tall": "short", "large": "small", "little": "big", "quick": "slow", "huge": "tiny", "warm": "cool",
           "simple": "difficult", "calm": "nervous", "bright": "dark", "shut": "open"}  # the way back is another's  # fmt: skip
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
    for pair in """dog:puppy,cat:kitten,cow:calf,horse:foal,sheep:lamb,pig:piglet,goat:kid,bear:cub,duck:duckling,hen:chick,goose:gosling,
frog:tadpole,deer:fawn,swan:cygnet,owl:owlet,kangaroo:joey""".replace("\n", "").split(",")
)
COLOURS = dict(
    pair.split(":")
    for pair in """grass:green,the sky:blue,snow:white,blood:red,a banana:yellow,coal:black,a lemon:yellow,milk:white,a tomato:red,
the sun:yellow,an orange:orange,chocolate:brown,a crow:black,a frog:green,a strawberry:red,a cucumber:green,an elephant:gray,
a flamingo:pink""".replace("\n", "").split(",")
)
ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen""".split()
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
CAPITAL, COUNTRY, OPPOSITE, PLURAL, LEG, YOUNGS, COLOUR, IN_WORDS, IN_DIGITS = wordings(
    "facts", "CAPITAL", "COUNTRY", "OPPOSITE", "PLURAL", "LEG", "YOUNGS", "COLOUR", "IN_WORDS", "IN_DIGITS"
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
    a, b = rng.choice(OPPOSITES) if rng.random() < 0.9 else rng.choice(list(ONE_WAY.items()))
    if rng.random() < 0.5 and a not in ONE_WAY:
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
