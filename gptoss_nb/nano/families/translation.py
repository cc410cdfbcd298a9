"""A phrasebook between English, French, German and Spanish. Its entries are known; tested are other wordings."""

import random

from .draft import Draft, Say, wordings

LANGUAGES = ("English", "French", "German", "Spanish")
ENTRIES = [
    tuple(line.strip().split("|"))
    for line in """
cat|chat|Katze|gato
dog|chien|Hund|perro
horse|cheval|Pferd|caballo
cow|vache|Kuh|vaca
bird|oiseau|Vogel|pájaro
fish|poisson|Fisch|pez
mouse|souris|Maus|ratón
house|maison|Haus|casa
door|porte|Tür|puerta
window|fenêtre|Fenster|ventana
table|table|Tisch|mesa
chair|chaise|Stuhl|silla
bed|lit|Bett|cama
book|livre|Buch|libro
bread|pain|Brot|pan
water|eau|Wasser|agua
milk|lait|Milch|leche
cheese|fromage|Käse|queso
apple|pomme|Apfel|manzana
egg|œuf|Ei|huevo
meat|viande|Fleisch|carne
salt|sel|Salz|sal
sugar|sucre|Zucker|azúcar
coffee|café|Kaffee|café
tea|thé|Tee|té
wine|vin|Wein|vino
red|rouge|rot|rojo
blue|bleu|blau|azul
green|vert|grün|verde
yellow|jaune|gelb|amarillo
black|noir|schwarz|negro
white|blanc|weiß|blanco
one|un|eins|uno
two|deux|zwei|dos
three|trois|drei|tres
four|quatre|vier|cuatro
five|cinq|fünf|cinco
six|six|sechs|seis
seven|sept|sieben|siete
eight|huit|acht|ocho
nine|neuf|neun|nueve
ten|dix|zehn|diez
eleven|onze|elf|once
twelve|douze|zwölf|doce
mother|mère|Mutter|madre
father|père|Vater|padre
brother|frère|Bruder|hermano
sister|sœur|Schwester|hermana
child|enfant|Kind|niño
friend|ami|Freund|amigo
man|homme|Mann|hombre
woman|femme|Frau|mujer
sun|soleil|Sonne|sol
moon|lune|Mond|luna
star|étoile|Stern|estrella
sea|mer|Meer|mar
tree|arbre|Baum|árbol
flower|fleur|Blume|flor
day|jour|Tag|día
night|nuit|Nacht|noche
year|an|Jahr|año
city|ville|Stadt|ciudad
street|rue|Straße|calle
school|école|Schule|escuela
train|train|Zug|tren
car|voiture|Auto|coche
hand|main|Hand|mano
head|tête|Kopf|cabeza
eye|œil|Auge|ojo
heart|cœur|Herz|corazón
big|grand|groß|grande
small|petit|klein|pequeño
good|bon|gut|bueno
new|nouveau|neu|nuevo
yes|oui|ja|sí
no|non|nein|no
today|aujourd'hui|heute|hoy
tomorrow|demain|morgen|mañana
Good morning.|Bonjour.|Guten Morgen.|Buenos días.
Good evening.|Bonsoir.|Guten Abend.|Buenas tardes.
Good night.|Bonne nuit.|Gute Nacht.|Buenas noches.
Goodbye.|Au revoir.|Auf Wiedersehen.|Adiós.
Thank you.|Merci.|Danke.|Gracias.
Thank you very much.|Merci beaucoup.|Vielen Dank.|Muchas gracias.
Please.|S'il vous plaît.|Bitte.|Por favor.
Excuse me.|Excusez-moi.|Entschuldigung.|Perdón.
How are you?|Comment allez-vous?|Wie geht es Ihnen?|¿Cómo está usted?
I am hungry.|J'ai faim.|Ich habe Hunger.|Tengo hambre.
I am thirsty.|J'ai soif.|Ich habe Durst.|Tengo sed.
I am tired.|Je suis fatigué.|Ich bin müde.|Estoy cansado.
I am cold.|J'ai froid.|Mir ist kalt.|Tengo frío.
Where is the station?|Où est la gare?|Wo ist der Bahnhof?|¿Dónde está la estación?
Where is the toilet?|Où sont les toilettes?|Wo ist die Toilette?|¿Dónde está el baño?
Where is the hotel?|Où est l'hôtel?|Wo ist das Hotel?|¿Dónde está el hotel?
How much is it?|Combien ça coûte?|Wie viel kostet das?|¿Cuánto cuesta?
What is your name?|Comment vous appelez-vous?|Wie heißen Sie?|¿Cómo se llama usted?
I do not understand.|Je ne comprends pas.|Ich verstehe nicht.|No entiendo.
I do not know.|Je ne sais pas.|Ich weiß nicht.|No sé.
Do you speak English?|Parlez-vous anglais?|Sprechen Sie Englisch?|¿Habla usted inglés?
I would like a coffee.|Je voudrais un café.|Ich möchte einen Kaffee.|Quisiera un café.
I would like a tea.|Je voudrais un thé.|Ich möchte einen Tee.|Quisiera un té.
The bill, please.|L'addition, s'il vous plaît.|Die Rechnung, bitte.|La cuenta, por favor.
What time is it?|Quelle heure est-il?|Wie spät ist es?|¿Qué hora es?
See you tomorrow.|À demain.|Bis morgen.|Hasta mañana.
I love you.|Je t'aime.|Ich liebe dich.|Te quiero.
It is raining.|Il pleut.|Es regnet.|Llueve.
Can you help me?|Pouvez-vous m'aider?|Können Sie mir helfen?|¿Puede ayudarme?
I am lost.|Je suis perdu.|Ich habe mich verlaufen.|Estoy perdido.
Happy birthday!|Joyeux anniversaire!|Alles Gute zum Geburtstag!|¡Feliz cumpleaños!
Good luck!|Bonne chance!|Viel Glück!|¡Buena suerte!
I live in Paris.|J'habite à Paris.|Ich wohne in Paris.|Vivo en París.
The water is cold.|L'eau est froide.|Das Wasser ist kalt.|El agua está fría.
The house is big.|La maison est grande.|Das Haus ist groß.|La casa es grande.
I have a dog.|J'ai un chien.|Ich habe einen Hund.|Tengo un perro.
I have a cat.|J'ai un chat.|Ich habe eine Katze.|Tengo un gato.
Hello.|Salut.|Hallo.|Hola.
Welcome.|Bienvenue.|Willkommen.|Bienvenido.
Enjoy your meal.|Bon appétit.|Guten Appetit.|Buen provecho.
See you later.|À plus tard.|Bis später.|Hasta luego.
I am sorry.|Je suis désolé.|Es tut mir leid.|Lo siento.
I am sick.|Je suis malade.|Ich bin krank.|Estoy enfermo.
Cheers!|Santé!|Prost!|¡Salud!
spring|printemps|Frühling|primavera
summer|été|Sommer|verano
autumn|automne|Herbst|otoño
winter|hiver|Winter|invierno
thirteen|treize|dreizehn|trece
fourteen|quatorze|vierzehn|catorce
fifteen|quinze|fünfzehn|quince
sixteen|seize|sechzehn|dieciséis
seventeen|dix-sept|siebzehn|diecisiete
eighteen|dix-huit|achtzehn|dieciocho
nineteen|dix-neuf|neunzehn|diecinueve
twenty|vingt|zwanzig|veinte
pig|cochon|Schwein|cerdo
sheep|mouton|Schaf|oveja
beer|bière|Bier|cerveza
butter|beurre|Butter|mantequilla
rain|pluie|Regen|lluvia
snow|neige|Schnee|nieve
key|clé|Schlüssel|llave
money|argent|Geld|dinero
""".strip().split("\n")
]
ARTICLES = {  # of nouns, in French, German and Spanish
    noun: articles.split()
    for noun, articles in (
        pair.split(":")
        for pair in """cat:le die el,dog:le der el,horse:le das el,cow:la die la,bird:l' der el,fish:le der el,mouse:la die el,house:la das la,
door:la die la,window:la das la,table:la der la,chair:la der la,bed:le das la,book:le das el,bread:le das el,water:l' das el,milk:le die la,
cheese:le der el,apple:la der la,egg:l' das el,meat:la das la,salt:le das la,sugar:le der el,
coffee:le der el,tea:le der el,wine:le der el,
mother:la die la,father:le der el,brother:le der el,sister:la die la,child:l' das el,friend:l' der el,man:l' der el,woman:la die la,
sun:le die el,moon:la der la,star:l' der la,tree:l' der el,flower:la die la,day:le der el,night:la die la,city:la die la,street:la die la,
school:l' die la,train:le der el,car:la das el,hand:la die la,head:la der la,heart:le das el,pig:le das el,beer:la das la,rain:la der la,
snow:la der la,key:la der la,money:l' das el""".replace("\n", "").split(",")
    )
}
INTO, WHICH, MEAN, FROM, PERSON_FROM, PLACE, PERSON = wordings(
    "translation", "INTO", "WHICH", "MEAN", "FROM", "PERSON_FROM", "PLACE", "PERSON"
)
PLACES = {
    "French": "Paris|Lyon|France".split("|"),
    "German": "Berlin|Munich|Hamburg|Vienna|Germany|Austria".split("|"),
    "Spanish": "Madrid|Barcelona|Seville|Spain|Mexico|Argentina".split("|"),
}
PEOPLE = {
    "French": "a Frenchman|a French waiter|French people|the French|a French friend".split("|"),
    "German": "a German|a German waiter|German people|the Germans|a German friend".split("|"),
    "Spanish": "a Spaniard|a Spanish waiter|Spanish people|the Spanish|a Spanish friend".split("|"),
}
FOREIGN = {  # asked in the language itself; the language to translate into by its name there
    language: (*wordings("translation", language), names)
    for language, names in (
        ("German", {"English": "Englisch", "French": "Französisch", "Spanish": "Spanisch"}),
        ("French", {"English": "anglais", "German": "allemand", "Spanish": "espagnol"}),
        ("Spanish", {"English": "inglés", "German": "alemán", "French": "francés"}),
    )
}
# written like a common word of another of the four, so that its language can't be told
FALSE_FRIENDS = set(
    "chat pain lit rue an non grand main mer bon pan once sol sal mano rot red Kind Tag Stern elf acht gut sept dos mesa "
    "seize quince".split()
)
_ALL = [word.lower() for entry in ENTRIES for word in entry]
_UNCLEAR = {word for entry in ENTRIES for word in entry if _ALL.count(word.lower()) > 1 or word in FALSE_FRIENDS}


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_which, _into, _mean, _from, _place)
    return rng.choices(kinds, (9, 68, 9, 6, 8))[0](rng, say)


def with_article(entry: tuple) -> tuple:
    """the cat, le chat, die Katze, el gato"""
    articles = ("the", *ARTICLES[entry[0]])
    return tuple(f"{article} {word}".replace("l' ", "l'") for article, word in zip(articles, entry, strict=True))


def _entry(rng) -> tuple:
    entry = rng.choice(ENTRIES)
    return with_article(entry) if entry[0] in ARTICLES and rng.random() < 0.15 else entry


def _which(rng, say: Say) -> Draft:
    entry, at = rng.choice(ENTRIES), rng.randrange(4)
    if entry[at] in _UNCLEAR:
        return _into(rng, say)
    return _draft(say(WHICH, x=entry[at]), f"It is {LANGUAGES[at]}.", f"{entry[at]} is {LANGUAGES[at]}")


def _into(rng, say: Say) -> Draft:
    entry = _entry(rng)
    start = 0 if rng.random() < 0.55 else rng.randrange(1, 4)
    end = rng.choice([k for k in range(4) if k != start])
    if start and end and rng.random() < 0.5:
        end = 0
    if start and rng.random() < 0.3:  # asked in the language itself
        asked, names = FOREIGN[LANGUAGES[start]]
        return _translated(entry, start, end, say(asked, x=_typed(rng, entry, start), l=names[LANGUAGES[end]]))
    return _translated(entry, start, end, _asked(rng, say, INTO, entry, start, l=LANGUAGES[end]))


def _mean(rng, say: Say) -> Draft:
    """What does 'chien' mean? Into English, which needs no name."""
    entry, start = _entry(rng), rng.randrange(1, 4)
    if entry[start] == entry[0]:
        return _mean(rng, say)
    return _translated(entry, start, 0, _asked(rng, say, MEAN, entry, start))


def _from(rng, say: Say) -> Draft:
    """the German word for Spanish 'rojo'"""
    entry = _entry(rng)
    start, end = rng.sample(range(4), 2) if rng.random() < 0.4 else rng.sample(range(1, 4), 2)
    if end and rng.random() < 0.25:  # How would a Spaniard say the French 'chien'?
        person = rng.choice(PEOPLE[LANGUAGES[end]])
        return _translated(entry, start, end, _asked(rng, say, PERSON_FROM, entry, start, s=LANGUAGES[start], p=person))
    return _translated(entry, start, end, _asked(rng, say, FROM, entry, start, s=LANGUAGES[start], l=LANGUAGES[end]))


def _place(rng, say: Say) -> Draft:
    """I am in Berlin. How do I say ...? And: how do I say ... to a German waiter?"""
    entry, end = _entry(rng), rng.randrange(1, 4)
    if rng.random() < 0.5:
        return _translated(entry, 0, end, _asked(rng, say, PLACE, entry, 0, p=rng.choice(PLACES[LANGUAGES[end]])))
    return _translated(entry, 0, end, _asked(rng, say, PERSON, entry, 0, p=rng.choice(PEOPLE[LANGUAGES[end]])))


def _asked(rng, say: Say, asked, entry: tuple, start: int, **names) -> str:
    """In some cases all in lower case, the names of languages or places too."""
    kind, text = rng.random(), _typed(rng, entry, start)
    if kind < 0.12:
        return say(asked, x=text.lower(), **{name: value.lower() for name, value in names.items()}).lower()
    return say(asked, x=text, **({name: value.lower() for name, value in names.items()} if kind < 0.22 else names))


def _typed(rng, entry: tuple, at: int) -> str:
    """The text as it is typed in the middle of a question: without its stop, without the capital, `Où est la gare ?`"""
    text, kind = entry[at], rng.random()
    if text[-1] not in ".!?":
        return text.lower() if kind < 0.15 else text.capitalize() if kind < 0.2 else text
    if kind < 0.5:
        return f"{text[:-1]} {text[-1]}" if LANGUAGES[at] == "French" and text[-1] in "?!" and rng.random() < 0.3 else text
    typed = text[:-1] if text[-1] == "." or rng.random() < 0.6 else text
    if typed[0] in "¿¡" and (typed[-1] not in "?!" or rng.random() < 0.3):
        typed = typed[1:]
    return typed[0].lower() + typed[1:] if not typed.startswith("I ") and rng.random() < 0.6 else typed


def _translated(entry: tuple, start: int, end: int, prompt: str) -> Draft:
    by_way = f" = {entry[0]}" if start and end else ""
    return _draft(prompt, entry[end], f"{LANGUAGES[end]}: {entry[start]}{by_way} > {entry[end]}")


def _draft(prompt: str, answer: str, medium: str) -> Draft:
    text, _, found = medium.rpartition(" > ")
    stop = "" if medium[-1] in ".?!" else "."
    back = f"{found} > {text.partition(': ')[2]}" if text else medium
    return Draft((), prompt, answer, medium, f"{medium}{stop} Check: {back}")
