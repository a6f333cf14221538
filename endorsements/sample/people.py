"""Invented people, drawn with a fixed seed so that every laptop has the same federation."""

FIRST = """
Ada Amara Ana Anil Bea Ben Bo Carla Cem Chloe Cy Dara Dee Dev Di Eli Elena Emre Esi Fay Femi Gus Hana Hugo Ida
Imani Ira Ivy Jae Jo Jonah Juno Kai Kemi Lea Leo Lina Lou Luz Mara Max Mei Mina Moe Nia Nils Noor Nora Olu
Omar Ora Pia Quinn Rae Rafi Rosa Ruth Sam Sana Sol Tala Tess Theo Uma Vera Wes Wren Xio Yara Yusuf Zoe
""".split()  # noqa: SIM905 - a list of names reads best as text

LAST = """
Abara Adler Aguilar Baptiste Barros Bello Berg Boone Castillo Chen Cole Costa Cruz Dahl Delgado Diaz Doyle
Ekman Ellis Farah Fischer Flores Fox Garcia Grant Greene Haddad Hale Hansen Hart Hayes Hughes Ibarra Inoue
Jansen Jones Kaur Keller Kim Kovacs Lane Larsen Lee Lopez Lund Marsh Medina Meyer Mills Mora Nash Nguyen Nolan
Okafor Ortiz Park Patel Perez Quist Ramos Reyes Ross Ruiz Sato Shah Silva Singh Stone Tran Torres Vance Vega
Walsh Webb Wong
""".split()  # noqa: SIM905 - a list of names reads best as text

# slug, name, legal form, places, website's path, leader's first and last name
GROUPS = [
    ("green-mountain-forward", "Green Mountain Forward", "unincorporated", ["VT"], "Ada", "Larsen"),
    ("champlain-neighbors", "Champlain Neighbors", "501c4", ["VT-AL"], "Noor", "Haddad"),
    ("high-plains-table", "High Plains Table", "unincorporated", ["WY"], "Wes", "Boone"),
    ("cheyenne-common-ground", "Cheyenne Common Ground", "programme", ["WY-AL"], "Luz", "Medina"),
    ("berkshire-voices", "Berkshire Voices", "unincorporated", ["MA-01"], "Rosa", "Delgado"),
    ("pioneer-valley-votes", "Pioneer Valley Votes", "527", ["MA-01", "MA-02"], "Theo", "Marsh"),
    ("bay-state-circle", "Bay State Circle", "501c4", ["MA"], "Imani", "Grant"),
    ("cambridge-porch", "Cambridge Porch", "unincorporated", ["MA-05", "MA-07"], "Jae", "Kim"),
    ("red-rock-assembly", "Red Rock Assembly", "unincorporated", ["AZ-02"], "Elena", "Reyes"),
    ("canyon-county-circle", "Canyon County Circle", "unincorporated", ["UT-03"], "Sam", "Webb"),
    ("high-desert-alliance", "High Desert Alliance", "501c4", ["CA-27"], "Mina", "Patel"),
    ("capital-commons-fund", "Capital Commons Fund", "501c3", ["DC"], "Ruth", "Ellis"),
]
