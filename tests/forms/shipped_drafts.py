"""The rows of the drafts of the shipped forms, what version 2 asks otherwise, and their lists of choices."""

HUISBEZOEK = """
case_ref ref y S1 ask
bezoek_datum date y S0 ask
bezoek_soort one y S0 ask bezoek_soort
afgesproken one y S0 ask ja_nee
rollen multi y S0 union rol
gelegitimeerd bool y S0 ask
doel_uitgelegd bool y S0 ask
toegang one y S0 ask toegang
weigeren_uitgelegd bool c S0 ask
privacykaart one y S0 ask privacykaart
tolk one y S0 ask tolk
gesproken_met multi y S1 union gesproken
gezag one c S1 ask gezag
kind/kind_ref ref y S1 ask
kind/kind_alleen one y S1 ask alleen
kind/kind_stem text:400 n S2 append
kind/kind_dag one y S1 ask dagbesteding
kind/kind_veilig_gevoel one y S2 first-listed veilig_gevoel
krachten multi y S1 union kracht
krachten_tekst text:400 n S2 append
hulpvragen multi y S2 union hulpvraag
eerst one c S1 ask hulpvraag
drempels_school multi c S2 union drempel
discriminatie one n S2 ask ja_nee_nb
afspraak/afspraak_wat text:200 y S1 ask
afspraak/afspraak_wie one n S1 ask wie
afspraak/afspraak_voor date n S1 latest
delen_met multi y S1 union partner
delen_grondslag one c S1 first-listed grondslag
gezin_leest_mee one y S0 ask meelezen
opmerking_gezin text:600 n S2 append
zorg one y S4 first-listed zorg
feiten text:1200 c S2 append
duiding text:500 n S2 append
vervolg_datum date n S0 latest
werker_ok one y S0 ask werker_ok
"""
SCHOOLCHECK = """
case_ref ref y S1 ask
kind_ref ref y S1 ask
check_datum date y S0 ask
bron one y S0 ask bron_school
schooljaar calc - S0 -
geboortemaand text y S1 ask
plicht calc - S0 - plicht
startkwalificatie one c S1 ask ja_nee_onb
onderwijssoort one y S1 ask onderwijs
ingeschreven one y S1 ask ja_nee_onb
niet_sinds date c S1 ask
niet_reden one c S2 ask niet_reden
absoluut_duur calc - S0 - duur
vrijstelling one y S3 ask vrijstelling
vrijstelling_status one c S1 ask vr_status
periode_van date c S0 ask
uren_ongeoorloofd decimal c S1 ask
alle_lessen bool c S1 ask
verzuimsoort one y S1 ask verzuim
redenen multi n S2 union reden_verzuim
ouders_gehoord one y S1 ask gehoord
jongere_gehoord one c S1 ask gehoord
reden_vertrouwelijk bool c S2 first-listed
school_deed multi y S1 union school_actie
stap one y S1 ask stap
overstap one c S1 ask overstap
status one y S0 ask status3
afsluitreden one c S1 ask sluit7
terug_datum date c S1 ask
uit_beeld one y S4 first-listed uit_beeld
"""
SIGNAAL = """
acuut one y S4 first-listed acuut
kind_ref ref n S4 ask
signaal_datum date y S4 ask
leeftijd one y S4 ask leeftijd
hoe_bekend multi y S4 union hoe
waarneming multi y S4 union waarneming
feiten text:800 y S4 append
kind_stem text:400 n S4 append
kind_wil one y S4 ask kind_wil
volwassene one y S4 ask volwassene
veilig_vannacht one y S4 first-listed ja_nee_onb
s1_datum date y S4 ask
s2_collega one c S4 ask rol
s2_vt one c S4 ask vt
s3_gesprek one y S4 ask gesprek
s4_weging one c S4 ask weging
s5_besluit one c S4 ask besluit
gemeld_bij multi c S4 union meldpunt
comensha_grond one c S4 first-listed comensha
ingelicht one y S4 ask ingelicht
slachtoffer_gezien bool c S4 ask
eigenaar one y S4 ask rol
herweeg_op date y S4 latest
sluiting one n S4 ask sluiting
"""
TRAJECT = """
case_ref ref y S1 ask
deelnemer_ref text y S1 ask
contact_datum date y S1 ask
leeftijd one y S1 ask lft_werk
soort one y S1 ask traject
eigen_doel text:200 y S1 append
uren integer c S1 ask
status one y S1 ask tr_status
steun_nodig multi n S1 union steun
stopreden one c S1 ask stop
vervolg one c S1 ask vervolg
na3mnd one c S1 ask ja_nee_onb
leest_mee one y S1 ask meelezen
"""
DOSSIER = """
case_ref text y S1 ask
roepnaam text:40 n S1 ask
postcode4 text n S1 ask
status one n S1 ask open_gesloten
geopend_op date n S1 ask
gesloten_op date c S1 ask
hulpvraag_aanleiding one n S1 ask aanleiding
kind/kind_ref text y S1 ask
kind/roepnaam text:40 n S1 ask
kind/geboortemaand text n S1 ask
kind/school one n S1 ask scholen
contactvoorkeur one n S1 ask contact
"""
DRAFTS = {
    "huisbezoek": HUISBEZOEK, "schoolcheck": SCHOOLCHECK, "signaal": SIGNAAL, "traject": TRAJECT, "dossier": DOSSIER,
}  # fmt: skip

SECOND = {
    "huisbezoek": """
weigeren_verteld one c S0 ask weigeren
delen_met multi y S1 union partner partner2
delen_organisaties multi n S1 union
delen_wat multi c S1 union wat
delen_op date n S1 ask
delen_grondslag one c S1 first-listed grond2
delen_artikel one n S1 ask
delen_instemming one c S1 first-listed instemming
""",
    "schoolcheck": """
twaalf_schooljaren one c S1 ask ja_nee_onb
diploma_pro_vso one c S1 ask ja_nee_onb
niet_reden one c S2 ask niet_reden2
vrijstelling one y S3 ask vrijstelling2
vrijstelling_kennisgeving one c S1 ask kennisgeving
vrijstelling_besluit one c S1 ask besluit2
vrijstelling_tot date n S1 ask
verlof one n S3 ask verlof
verlof_dagen integer n S1 ask
verlof_tot date n S1 ask
verzuim_van date c S1 ask
verzuim_tot date n S1 ask
periode_van date n S0 ask
melden calc - S0 - ja_nee
redenen multi n S2 union reden2
stap multi y S1 union stap stap2
lod/lod_stap one y S1 ask lod
lod/lod_datum date y S1 ask
afsluit_toelichting one c S1 ask toelichting
""",
    "signaal": """
rol one y S4 ask rol2
meldcode calc - S4 - meldcode
andere_kinderen one y S4 first-listed ja_nee_onb
ander_kind/ander_kind_ref ref n S4 ask
waarneming multi y S4 union waarneming waarneming2
s2_vt one c S4 ask vt2
s2_letsel one n S4 ask letsel
vraag_vermoeden one n S4 ask ja_nee_onb
vraag_onveilig one n S4 ask ja_nee_onb
vraag_hulp_mogelijk one n S4 ask ja_nee_onb
vraag_hulp_gewild one n S4 ask ja_nee_onb
vraag_hulp_werkt one n S4 ask ja_nee_onb
s4_weging one c S4 ask weging weging2
s5_melden one n S4 first-listed s5
s5_hulp one n S4 ask s5
gemeld_bij multi c S4 union meldpunt meldpunt2
verwijsindex one n S4 ask verwijsindex
""",
    "traject": """
licht_werk one c S1 ask licht_werk
plicht_door one c S1 ask plicht_door
""",
    "dossier": """
gesloten_reden one c S1 ask gesloten
andere_gemeente one n S1 ask ja_nee_onb
""",
}
GONE = {"huisbezoek": {"/weigeren_uitgelegd"}, "schoolcheck": {"/vrijstelling_status"}, "signaal": {"/s5_besluit"}}
FIRST = {  # what was published stays, byte for byte
    "dossier": "57bedf3c6d6c4c6480bcfc76d53eed8a137bbc60acdee338bdc12eb0ee5a5b27",
    "huisbezoek": "aa827d3284630a844e844347d734b253f56fa72e50f50e512558914fb5bc5113",
    "schoolcheck": "48106bce53586a3e98835ca9d8f2ae90c925aa47d509a0dbcd2f555d69d850d4",
    "signaal": "e7162bb6c56e05a507d37099a54a874fc4e0803f3e374665144039846abe44e8",
    "traject": "f5e68f583d5c4a536b1cecb22cb3b6d48383a23a50f29c16c017b1f59ecbb357",
}

LISTS = {
    "weigeren": "vrij gevolgen nee",
    "partner2": "samenwerkingsverband gecertificeerde_instelling raad_kinderbescherming politie wijkteam_wmo "
    "schuldhulp",
    "wat": "contact school hulpvragen afspraken feiten woorden_kind zorg",
    "grond2": "weet_niet wettelijke_taak vitaal_belang",
    "instemming": "bezwaar niet_gevraagd jongere_en_ouder_12_15 jongere_16 ouder",
    "niet_reden2": "verhuisd_niet_ingeschreven wacht_op_plaatsing geweigerd_door_school beroep_op_vrijstelling "
    "niet_aangemeld onbekend",
    "vrijstelling2": "geen art3a art3b art5_onder_a art5_onder_b art5_onder_c art5a art15 onbekend",
    "kennisgeving": "gegeven voldoet voldoet_niet verlopen onbekend",
    "besluit2": "gevraagd verleend geweigerd onbekend",
    "verlof": "geen art11_a art11_b art11_c art11_d art11_e art11_f art11_g onbekend",
    "reden2": "ziekte_gemeld vervoer zorgtaken pesten_discriminatie na_schorsing past_niet familieomstandigheid "
    "verhuizing werk onbekend anders",
    "stap2": "waarschuwing gesprek_swv veilig_thuis",
    "lod": "zienswijze opgelegd nagekomen verbeurd invordering opgeheven onbekend",
    "toelichting": "leerling_gezien actie_loopt geen_actie_meer",
    "rol2": "leerplicht jeugdhulp wmo zorg andere",
    "meldcode": "leerplichtwet jeugdwet wmo wkkgz gemeente",
    "waarneming2": "gedwongen_trouwen achtergelaten",
    "vt2": "advies_gevraagd nog_niet niet_nodig",
    "letsel": "ja nog_niet niet_nodig onbekend",
    "weging2": "kind_vertelde_het",
    "s5": "ja nog_niet nee",
    "meldpunt2": "coordinator_mensenhandel jeugdbescherming knooppunt_huwelijk",
    "verwijsindex": "gemeld niet_gemeld nvt onbekend",
    "licht_werk": "buiten_schooltijd artikel_3a anders onbekend",
    "plicht_door": "diploma leren_en_werken school_met_bijbaan pro_of_vso vrijstelling nog_niet onbekend",
    "gesloten": "doel_bereikt verhuisd overgedragen gezin_stopt geen_contact anders onbekend",
    "bezoek_soort": "kennismaking vervolg op_verzoek_gezin school afronding",
    "rol": "outreachwerker leerplicht_toezicht jeugdconsulent intermediair tolk woonbegeleider klantmanager_werk "
    "wijkverpleegkundige",
    "toegang": "binnen aan_de_deur geweigerd niemand_thuis",
    "privacykaart": "mondeling_en_kaart eerder_gegeven nog_niet",
    "tolk": "niet_nodig professioneel_ter_plaatse telefonisch volwassen_vertrouwenspersoon nodig_maar_afwezig",
    "gesproken": "ouder_verzorger kind andere_volwassene niemand",
    "gezag": "bevestigd_dossier document_gezien niet_bevestigd nvt",
    "alleen": "ja nee_niet_passend nee_lukte_niet",
    "dagbesteding": "school opvang stage_of_leerbaan werk thuis onbekend",
    "veilig_gevoel": "ja wisselend nee wil_niet_zeggen niet_gevraagd",
    "kracht": "steun_familie goede_band_school ouder_actief hobby_of_club vaste_woonplek broer_zus_steunt anders",
    "hulpvraag": "onderwijs inkomen_schulden werk_opleiding wonen gezondheid_verwijzing post_en_documenten opvoeding "
    "vervoer taal conflict_buren discriminatie anders",
    "drempel": "vervoer kosten pesten_discriminatie zorgtaken niveau_past_niet gezondheid verhuizing "
    "onbekend_met_systeem vertrouwen wachtlijst anders",
    "wie": "gezin jongere werker school andere_partner",
    "partner": "geen school leerplicht veilig_thuis jeugdhulp jgz_ggd werk_inkomen woningcorporatie andere_gemeente",
    "grondslag": "wettelijke_taak vitaal_belang toestemming_jongere_16 toestemming_jongere_en_ouder_12_15 "
    "toestemming_ouder",
    "meelezen": "akkoord akkoord_met_opmerking niet_akkoord niet_voorgelegd_reden",
    "zorg": "geen twijfel ja acuut",
    "bron_school": "school duo_melding ouder jongere huisbezoek brp_controle",
    "plicht": "geen leerplichtig kwalificatieplichtig doorstroompunt",
    "duur": "korter_dan_1_maand 1_tot_3_maanden langer_dan_3_maanden",
    "onderwijs": "po sbo so vo pro vso mbo geen onbekend",
    "niet_reden": "verhuisd_niet_ingeschreven wacht_op_plaatsing geweigerd_door_school vrijstelling_aangevraagd "
    "niet_aangemeld onbekend",
    "vrijstelling": "geen art3a art3b art5_onder_a art5_onder_b art5_onder_c art5a art11 art15",
    "vr_status": "aangevraagd geldig verlopen afgewezen",
    "verzuim": "geen 16u_in_4w lrv_langer_dan_4w luxe overig absoluut doorstroompunt_18plus",
    "reden_verzuim": "ziekte_gemeld vervoer zorgtaken pesten_discriminatie schorsing past_niet familieomstandigheid "
    "verhuizing werk onbekend anders",
    "gehoord": "ja uitgenodigd_niet_gekomen nog_niet",
    "school_actie": "gesprek bellen jgz_ingeschakeld maatwerk mentor geen onbekend",
    "stap": "gesprek vrijwillige_hulp halt_status verplichte_hulp_status strafrecht_status lod_status geen",
    "overstap": "geplaatst niet_geplaatst nvt onbekend",
    "status3": "in_behandeling afgesloten ter_kennisneming_aangenomen",
    "sluit7": "terug_naar_school andere_opleiding werk overig overleden langdurig_ziek legitiem_afwezig",
    "uit_beeld": "nee ja_korter_4w ja_langer_4w",
    "acuut": "ja nee onbekend",
    "leeftijd": "0_5 6_11 12_15 16_17 onbekend",
    "hoe": "zelf_gezien kind_vertelde ouder school professional omstander anoniem",
    "waarneming": "vaak_niet_op_school ver_van_huis_zonder_volwassene volwassene_antwoordt_of_stuurt "
    "geen_eigen_telefoon_of_juist_meerdere onverklaarde_spullen_of_geld schulden_onder_druk uitputting_of_letsel "
    "angst_voor_iemand wegblijven_nachten geen_papieren_bij_zich verzorging_tekort "
    "wordt_opgehaald_door_wisselende_volwassenen bedelen_of_verkopen_op_straat vermist_geweest anders",
    "kind_wil": "hulp eerst_praten_met_vertrouwd_persoon ouders_nog_niet_inlichten wil_niets niet_gesproken",
    "volwassene": "ouder_bevestigd zegt_familie_niet_bevestigd onbekend geen",
    "vt": "advies_gevraagd gemeld niet_nodig",
    "gesprek": "met_kind met_ouder beide uitgesteld_om_veiligheid nog_niet",
    "weging": "geen_vermoeden twijfel vermoeden acute_onveiligheid structurele_onveiligheid",
    "besluit": "afsluiten hulp_organiseren melden melden_en_hulp",
    "meldpunt": "veilig_thuis politie_avim comensha kmar arbeidsinspectie rvdk_via_vt",
    "comensha": "jongere_16 gezagdrager niet_gevraagd_veiligheid geweigerd",
    "ingelicht": "ja uitgesteld_na_overleg_vt nvt",
    "sluiting": "weggenomen overgedragen hulp_loopt",
    "lft_werk": "14_15 16_17 18_22 23_26 27_plus",
    "traject": "werkervaring stage leerbaan_bbl loondienst vrijwilligerswerk taal_basisvaardigheden eigen_bedrijf "
    "terug_naar_school",
    "tr_status": "gestart loopt pauze doel_bereikt anders_afgerond gestopt",
    "steun": "vervoer kinderopvang taal digitaal kleding_materiaal begeleiding_werkplek andere_tijden geldzaken geen "
    "anders",
    "stop": "werkgever vervoer zorgtaken verhuizing past_niet geen_contact anders",
    "vervolg": "betaald_werk opleiding ander_traject geen",
    "ja_nee": "ja nee",
    "ja_nee_onb": "ja nee onbekend",
    "ja_nee_nb": "ja nee niet_besproken",
    "werker_ok": "ja incident",
    "open_gesloten": "open gesloten",
    "aanleiding": "eigen_verzoek school collega ander",
    "contact": "bellen bericht langskomen via_intermediair",
    "scholen": "",
}
