"""Made-up people: names, languages, places, tastes, by a seed. For the demo and for benchmarks, never for real data."""

import random
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    country: str
    region: str
    city: str
    latitude: float
    longitude: float
    zone: str


PLACES = {
    "en": (
        Place("United States", "New York", "New York", 40.713, -74.006, "America/New_York"),
        Place("United States", "Illinois", "Chicago", 41.878, -87.63, "America/Chicago"),
        Place("United States", "California", "Los Angeles", 34.052, -118.244, "America/Los_Angeles"),
        Place("United Kingdom", "England", "London", 51.507, -0.128, "Europe/London"),
        Place("Canada", "Ontario", "Toronto", 43.653, -79.383, "America/Toronto"),
        Place("Australia", "New South Wales", "Sydney", -33.869, 151.209, "Australia/Sydney"),
        Place("India", "Karnataka", "Bengaluru", 12.972, 77.595, "Asia/Kolkata"),
    ),
    "es": (
        Place("Mexico", "Mexico City", "Mexico City", 19.433, -99.133, "America/Mexico_City"),
        Place("Spain", "Madrid", "Madrid", 40.417, -3.704, "Europe/Madrid"),
        Place("Argentina", "Buenos Aires", "Buenos Aires", -34.604, -58.382, "America/Argentina/Buenos_Aires"),
        Place("Colombia", "Bogotá", "Bogotá", 4.711, -74.072, "America/Bogota"),
    ),
    "pt": (
        Place("Brazil", "São Paulo", "São Paulo", -23.551, -46.633, "America/Sao_Paulo"),
        Place("Brazil", "Rio de Janeiro", "Rio de Janeiro", -22.907, -43.173, "America/Sao_Paulo"),
        Place("Portugal", "Lisboa", "Lisbon", 38.722, -9.139, "Europe/Lisbon"),
    ),
    "fr": (
        Place("France", "Île-de-France", "Paris", 48.857, 2.352, "Europe/Paris"),
        Place("Canada", "Quebec", "Montreal", 45.502, -73.567, "America/Toronto"),
    ),
    "de": (
        Place("Germany", "Berlin", "Berlin", 52.52, 13.405, "Europe/Berlin"),
        Place("Austria", "Wien", "Vienna", 48.208, 16.374, "Europe/Vienna"),
    ),
    "it": (Place("Italy", "Lombardia", "Milan", 45.464, 9.19, "Europe/Rome"),),
    "ja": (Place("Japan", "Tokyo", "Tokyo", 35.69, 139.692, "Asia/Tokyo"),),
    "ne": (Place("Nepal", "Bagmati", "Kathmandu", 27.717, 85.324, "Asia/Kathmandu"),),
}
PLACE_WEIGHTS = (40, 20, 15, 12, 7, 4, 2)
LANGUAGES = {"en": 550, "es": 200, "pt": 120, "fr": 55, "de": 45, "it": 17, "ja": 9, "ne": 4}
WOMEN = {
    "en": "Emma Olivia Grace Alice Hannah Sophie Megan Claire Rachel Laura Kate Amy",
    "es": "María Lucía Carmen Sofía Valentina Camila Elena Paula Daniela Inés",
    "pt": "Maria Ana Beatriz Júlia Larissa Mariana Fernanda Camila Letícia Inês",
    "fr": "Camille Léa Manon Chloé Inès Jeanne Élise Aurélie",
    "de": "Anna Lena Katharina Mia Johanna Greta Jule Sabine",
    "it": "Giulia Chiara Francesca Elisa Martina",
    "ja": "Yuki Sakura Aoi Hina Emi",
    "ne": "Asmita Sunita Pooja Sarita",
}
MEN = {
    "en": "James Oliver Jack Thomas Daniel Ben Sam Michael Andrew David Luke Noah",
    "es": "José Luis Carlos Javier Mateo Diego Pablo Andrés Sergio Álvaro",
    "pt": "João Pedro Lucas Gabriel Rafael Tiago Bruno Gustavo André Luís",
    "fr": "Louis Jules Hugo Arthur Étienne Antoine Benoît Mathieu",
    "de": "Jonas Felix Lukas Paul Jürgen Stefan Matthias Emil",
    "it": "Luca Marco Alessandro Matteo Paolo",
    "ja": "Haruto Ren Sota Kenji Takumi",
    "ne": "Bibek Suresh Ramesh Prakash",
}
FAMILIES = {
    "en": "Smith Jones Taylor Brown Wilson Clark Walker Hall Young King Wright O'Neill Green Baker Carter Reed",
    "es": "García Martínez López Sánchez Pérez Gómez Fernández Díaz Álvarez Romero Navarro Muñoz",
    "pt": "Silva Santos Oliveira Souza Pereira Costa Ferreira Almeida Ribeiro Gonçalves",
    "fr": "Martin Bernard Dubois Moreau Lefèvre Laurent Girard Fontaine",
    "de": "Müller Schmidt Schneider Fischer Weber Wagner Becker Krüger",
    "it": "Rossi Russo Ferrari Esposito Bianchi",
    "ja": "Sato Suzuki Takahashi Tanaka Watanabe",
    "ne": "Shrestha Gurung Thapa Adhikari",
}
GENRES = ("rock", "pop", "jazz", "classical", "soul", "country", "electronic", "folk")
GENRE_WEIGHTS = (30, 24, 12, 10, 9, 7, 5, 3)


def person(identity: str, seed: int) -> dict[str, object]:
    """The properties of one made-up person, the same for the same identity and seed; a few are missing."""
    dice = random.Random(f"{seed}:{identity}")  # noqa: S311 made-up people, no secrets
    language = dice.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
    is_woman = dice.random() < 0.5
    first = dice.choice((WOMEN if is_woman else MEN)[language].split())
    family = dice.choice(FAMILIES[language].split())
    properties: dict[str, object] = {
        "name": f"{first} {family}",
        "first_name": first,
        "email": f"{ascii_letters(first)}.{ascii_letters(family)}.{identity}@example.com",
        "language": language,
        "gender": "F" if is_woman else "M",
        "birth_date": f"{dice.randint(1944, 1999)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        **location(dice, language),
        "favourite_genre": dice.choices(GENRES, GENRE_WEIGHTS)[0],
        "points": int(dice.paretovariate(1.2) * 10),
        "member_since": f"{dice.randint(2018, 2025)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        "newsletter": dice.random() < 0.7,
    }
    for name, share in (
        ("first_name", 0.04),
        ("email", 0.03),
        ("language", 0.03),
        ("favourite_genre", 0.08),
        ("gender", 0.1),
    ):
        if dice.random() < share:
            del properties[name]
    return properties


def location(dice: random.Random, language: str) -> dict[str, object]:
    places = PLACES[language]
    place = dice.choices(places, PLACE_WEIGHTS[: len(places)])[0]
    return {
        "zone": place.zone,
        "country": place.country,
        "region": place.region,
        "city": place.city,
        "latitude": round(place.latitude + dice.gauss(0, 0.1), 4),
        "longitude": round(place.longitude + dice.gauss(0, 0.1), 4),
    }


def ascii_letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())
