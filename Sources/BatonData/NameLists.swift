/// Words that synthetic records and pseudonyms are made of. Their order is part of what a seed gives: they only grow at the end
/// when the number of the generator's layout does (``Generator/layout``).
enum NameLists {
  static func list(_ words: String) -> [[UInt8]] { words.split(separator: " ").map { Array($0.utf8) } }

  static let first = list(
    """
    Ada Adam Agnes Aisha Alan Albert Alice Amara Amir Ana Andre Anna Anton Aria Arthur Astrid Ayla Ben Bianca Boris Bruno Carla \
    Carlos Celia Chen Chloe Clara Dana Daniel Daria David Diego Dina Elena Eli Ella Emil Emma Enzo Eva Fatima Felix Fiona Frank \
    Frida Gabriel Gloria Hana Hannah Hassan Hugo Ida Igor Ines Ingrid Iris Isaac Ivan Jack Jana Jonas Jorge Julia Kai Karim Karl \
    Kenji Kira Lara Laura Lea Leo Lena Liam Lin Lina Lucas Lucia Luis Magnus Maja Marco Maria Marta Mateo Max Maya Mei Mia Mila \
    Mina Nadia Naomi Nils Nina Noah Nora Olga Oliver Omar Oscar Otto Pablo Paula Pedro Petra Priya Rafael Ravi Rita Robin Rosa \
    Ruth Sam Samir Sara Selma Simon Sofia Stella Sven Tara Theo Tina Tom Uma Vera Victor Wanda Xenia Yara Yusuf Zoe
    """)

  static let last = list(
    """
    Abbott Adler Ahmed Alvarez Andersen Bakker Barros Bauer Becker Berg Bianchi Brandt Brown Carter Castro Chen Cohen Costa Cruz \
    Dahl Diaz Dubois Duarte Eriksen Evans Farah Fischer Flores Fontaine Garcia Gomez Graf Green Gupta Haas Hansen Hassan Hayes \
    Herrera Hill Hoffmann Horvat Ibrahim Ito Ivanov Jansen Jensen Johnson Kaya Keller Khan Kim Klein Kovacs Kumar Lang Larsen \
    Laurent Lee Lindgren Lopez Lund Marino Martin Mendes Meyer Moore Morales Moreau Mori Mueller Nagy Nakamura Nguyen Nielsen \
    Novak Okafor Olsen Ortiz Osman Park Patel Pereira Peters Petrov Pinto Popov Ramos Reed Reyes Richter Rossi Roux Russo Santos \
    Sato Schmidt Schulz Shah Silva Singh Smith Sousa Steiner Suzuki Tanaka Taylor Thomas Torres Turner Vargas Vogel Wagner Walker \
    Wang Weber White Wolf Wood Yilmaz Young Zhang Zimmermann
    """)
}
