<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>AboutDialog</name>
    <message>
      <location filename="../ui/dialogs/about.py" line="18" />
      <source>About pconv</source>
      <translation>Über pconv</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/about.py" line="24" />
      <source>Takes things out of photos with partial convolutions.</source>
      <translation>Nimmt Dinge aus Fotos heraus, mit partiellen Faltungen.</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/about.py" line="40" />
      <location filename="../ui/dialogs/about.py" line="32" />
      <source>Model card</source>
      <translation>Modellkarte</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/about.py" line="33" />
      <source>The model card is not installed.</source>
      <translation>Die Modellkarte ist nicht installiert.</translation>
    </message>
  </context>
  <context>
    <name>Actions</name>
    <message>
      <location filename="../ui/actions.py" line="10" />
      <source>&amp;File</source>
      <translation>&amp;Datei</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="11" />
      <source>&amp;Edit</source>
      <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="12" />
      <source>&amp;Picture</source>
      <translation>B&amp;ild</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="13" />
      <source>&amp;Tools</source>
      <translation>&amp;Werkzeuge</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="14" />
      <source>&amp;Mask</source>
      <translation>&amp;Maske</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="15" />
      <source>F&amp;ill</source>
      <translation>F&amp;üllen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="16" />
      <source>&amp;View</source>
      <translation>&amp;Ansicht</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="17" />
      <source>&amp;Help</source>
      <translation>&amp;Hilfe</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="64" />
      <source>&amp;Open…</source>
      <translation>&amp;Öffnen…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="65" />
      <source>Paste as &amp;New Picture</source>
      <translation>Als &amp;neues Bild einfügen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="66" />
      <source>Pre&amp;vious in Folder</source>
      <translation>&amp;Voriges im Ordner</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="68" />
      <source>Ne&amp;xt in Folder</source>
      <translation>Nä&amp;chstes im Ordner</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="69" />
      <source>&amp;Save</source>
      <translation>&amp;Speichern</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="70" />
      <source>Save Picture &amp;As…</source>
      <translation>Bild speichern &amp;unter…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="71" />
      <source>&amp;Export with Quality…</source>
      <translation>Mit Qualität &amp;exportieren…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="72" />
      <source>Expor&amp;t Fill Alone…</source>
      <translation>Nur die Füllung exp&amp;ortieren…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="73" />
      <source>Export &amp;Layers…</source>
      <translation>Ebenen expor&amp;tieren…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="74" />
      <source>Save &amp;Project…</source>
      <translation>&amp;Projekt speichern…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="75" />
      <source>Save All &amp;Filled…</source>
      <translation>&amp;Gefüllte speichern…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="76" />
      <source>&amp;Close Picture</source>
      <translation>Bild sch&amp;ließen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="77" />
      <source>&amp;Quit</source>
      <translation>&amp;Beenden</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="78" />
      <source>&amp;Undo</source>
      <translation>&amp;Rückgängig</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="79" />
      <source>&amp;Redo</source>
      <translation>&amp;Wiederholen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="80" />
      <source>&amp;Copy Picture</source>
      <translation>Bild &amp;kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="81" />
      <source>Copy Fi&amp;ll</source>
      <translation>Fü&amp;llung kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="82" />
      <source>&amp;Find Action…</source>
      <translation>Befehl &amp;finden…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="83" />
      <source>&amp;Keyboard Shortcuts…</source>
      <translation>&amp;Tastenkürzel…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="84" />
      <source>&amp;Settings…</source>
      <translation>&amp;Einstellungen…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="85" />
      <source>Rotate &amp;Left</source>
      <translation>Nach &amp;links drehen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="86" />
      <source>Rotate &amp;Right</source>
      <translation>Nach &amp;rechts drehen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="87" />
      <source>Flip &amp;Horizontally</source>
      <translation>&amp;Waagerecht spiegeln</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="89" />
      <source>Flip &amp;Vertically</source>
      <translation>&amp;Senkrecht spiegeln</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="90" />
      <source>&amp;Straighten</source>
      <translation>&amp;Ausrichten</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="91" />
      <source>&amp;Extend Canvas…</source>
      <translation>Leinwand &amp;erweitern…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="92" />
      <source>Ob&amp;ject by a Click</source>
      <translation>Ob&amp;jekt mit einem Klick</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="94" />
      <source>&amp;Brush</source>
      <translation>&amp;Pinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="95" />
      <source>&amp;Eraser</source>
      <translation>&amp;Radierer</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="96" />
      <source>&amp;Lasso</source>
      <translation>&amp;Lasso</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="97" />
      <source>&amp;Polygon</source>
      <translation>P&amp;olygon</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="98" />
      <source>&amp;Rectangle</source>
      <translation>Re&amp;chteck</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="100" />
      <source>E&amp;llipse</source>
      <translation>&amp;Ellipse</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="101" />
      <source>Magic &amp;Wand</source>
      <translation>&amp;Zauberstab</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="102" />
      <source>&amp;Clone Brush</source>
      <translation>&amp;Klonpinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="103" />
      <source>&amp;Heal Brush</source>
      <translation>&amp;Heilpinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="104" />
      <source>Copy from &amp;Here</source>
      <translation>Von &amp;hier kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="105" />
      <source>Cr&amp;op</source>
      <translation>Z&amp;uschneiden</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="106" />
      <source>Larger Brush</source>
      <translation>Größerer Pinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="107" />
      <source>Smaller Brush</source>
      <translation>Kleinerer Pinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="108" />
      <source>Harder Brush</source>
      <translation>Härterer Pinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="109" />
      <source>Softer Brush</source>
      <translation>Weicherer Pinsel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="110" />
      <source>&amp;Clear Mask</source>
      <translation>Maske &amp;leeren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="111" />
      <source>Mark &amp;All</source>
      <translation>&amp;Alles markieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="112" />
      <source>&amp;Invert Mask</source>
      <translation>Maske &amp;umkehren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="113" />
      <source>&amp;Grow Mask…</source>
      <translation>Maske &amp;erweitern…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="114" />
      <source>&amp;Shrink Mask…</source>
      <translation>Maske &amp;verkleinern…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="115" />
      <source>&amp;Feather Mask…</source>
      <translation>Maske &amp;weichzeichnen…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="116" />
      <source>Fill &amp;Holes in Mask</source>
      <translation>&amp;Löcher in der Maske schließen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="117" />
      <source>Same Mask &amp;on All</source>
      <translation>&amp;Gleiche Maske auf alle</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="118" />
      <source>Mark What Is &amp;Not Copied From</source>
      <translation>&amp;Nicht zu Kopierendes markieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="120" />
      <source>Copy Only from A&amp;bove</source>
      <translation>Nur von o&amp;ben kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="121" />
      <source>Copy Only from Belo&amp;w</source>
      <translation>Nur von &amp;unten kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="122" />
      <source>Copy Only from the &amp;Left</source>
      <translation>Nur von &amp;links kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="123" />
      <source>Copy Only from the &amp;Right</source>
      <translation>Nur von &amp;rechts kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="124" />
      <source>Copy from &amp;Everywhere</source>
      <translation>Von über&amp;all kopieren</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="125" />
      <source>I&amp;mport Mask…</source>
      <translation>Maske &amp;importieren…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="126" />
      <source>E&amp;xport Mask…</source>
      <translation>Maske e&amp;xportieren…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="127" />
      <source>&amp;Fill</source>
      <translation>&amp;Füllen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="128" />
      <source>&amp;Stop Filling</source>
      <translation>Füllen &amp;anhalten</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="129" />
      <source>Fill as You &amp;Brush</source>
      <translation>Beim &amp;Malen füllen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="130" />
      <source>Fill &amp;All Masked</source>
      <translation>Alle Maski&amp;erten füllen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="131" />
      <source>&amp;Previous Result</source>
      <translation>&amp;Voriges Ergebnis</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="132" />
      <source>&amp;Next Result</source>
      <translation>&amp;Nächstes Ergebnis</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="133" />
      <source>&amp;More Like This</source>
      <translation>&amp;Weitere wie dieses</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="134" />
      <source>&amp;Delete Result</source>
      <translation>Ergebnis &amp;löschen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="135" />
      <source>Result &amp;1</source>
      <translation>Ergebnis &amp;1</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="136" />
      <source>Result &amp;2</source>
      <translation>Ergebnis &amp;2</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="137" />
      <source>Result &amp;3</source>
      <translation>Ergebnis &amp;3</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="138" />
      <source>Result &amp;4</source>
      <translation>Ergebnis &amp;4</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="139" />
      <source>Zoom &amp;In</source>
      <translation>Ver&amp;größern</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="140" />
      <source>Zoom &amp;Out</source>
      <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="141" />
      <source>&amp;Fit in Window</source>
      <translation>In das &amp;Fenster einpassen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="142" />
      <source>&amp;Actual Pixels</source>
      <translation>&amp;Tatsächliche Pixel</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="143" />
      <source>Show &amp;Before</source>
      <translation>&amp;Vorher zeigen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="145" />
      <source>&amp;Split Before and After</source>
      <translation>Vorher und nachher &amp;teilen</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="146" />
      <source>Mask &amp;Tint</source>
      <translation>Masken&amp;farbe</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="147" />
      <source>Mask Out&amp;line</source>
      <translation>Masken&amp;umriss</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="148" />
      <source>Mas&amp;k Alone</source>
      <translation>Nur die &amp;Maske</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="149" />
      <source>Soft P&amp;roof</source>
      <translation>Farb&amp;proof</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="150" />
      <source>Gamut &amp;Warning</source>
      <translation>Farbumfang-&amp;Warnung</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="151" />
      <source>Proof Profil&amp;e…</source>
      <translation>Proof-Profi&amp;l…</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="152" />
      <source>Fol&amp;der Strip</source>
      <translation>Or&amp;dnerleiste</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="154" />
      <source>Navi&amp;gator</source>
      <translation>Nav&amp;igator</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="155" />
      <source>Context Me&amp;nu</source>
      <translation>Konte&amp;xtmenü</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="156" />
      <source>&amp;Panels</source>
      <translation>&amp;Seitenleiste</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="157" />
      <source>F&amp;ull Screen</source>
      <translation>V&amp;ollbild</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="158" />
      <source>&amp;First Steps</source>
      <translation>&amp;Erste Schritte</translation>
    </message>
    <message>
      <location filename="../ui/actions.py" line="159" />
      <source>&amp;About pconv</source>
      <translation>Ü&amp;ber pconv</translation>
    </message>
    <message>
      <location filename="../ui/menus.py" line="87" />
      <source>Picture</source>
      <translation>Bild</translation>
    </message>
    <message>
      <location filename="../ui/menus.py" line="97" />
      <source>Main tool bar</source>
      <translation>Hauptleiste</translation>
    </message>
    <message>
      <location filename="../ui/menus.py" line="112" />
      <source>Tools</source>
      <translation>Werkzeuge</translation>
    </message>
  </context>
  <context>
    <name>AmountBar</name>
    <message>
      <location filename="../ui/amount_bar.py" line="32" />
      <source>Pixels</source>
      <translation>Pixel</translation>
    </message>
    <message>
      <location filename="../ui/amount_bar.py" line="32" />
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <location filename="../ui/amount_bar.py" line="33" />
      <source>Apply</source>
      <translation>Anwenden</translation>
    </message>
    <message>
      <location filename="../ui/amount_bar.py" line="34" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
  </context>
  <context>
    <name>Autosave</name>
    <message>
      <location filename="../ui/autosave.py" line="77" />
      <source>Autosave does not work: {0}</source>
      <translation>Das automatische Sichern geht nicht: {0}</translation>
    </message>
  </context>
  <context>
    <name>Banner</name>
    <message>
      <location filename="../ui/overlays.py" line="60" />
      <source>Dismiss</source>
      <translation>Schließen</translation>
    </message>
  </context>
  <context>
    <name>Canvas</name>
    <message>
      <location filename="../view/canvas.py" line="63" />
      <source>Picture</source>
      <translation>Bild</translation>
    </message>
    <message>
      <location filename="../view/canvas.py" line="256" />
      <source>Marks what is not copied from</source>
      <translation>Markiert, wovon nicht kopiert wird</translation>
    </message>
    <message>
      <location filename="../view/canvas.py" line="361" />
      <location filename="../view/canvas.py" line="281" />
      <source>Before</source>
      <translation>Vorher</translation>
    </message>
    <message>
      <location filename="../view/canvas.py" line="285" />
      <source>Mask</source>
      <translation>Maske</translation>
    </message>
    <message>
      <location filename="../view/canvas.py" line="362" />
      <source>After</source>
      <translation>Nachher</translation>
    </message>
  </context>
  <context>
    <name>ColourController</name>
    <message>
      <location filename="../ui/controllers/colour.py" line="46" />
      <source>Proof: {0}</source>
      <translation>Proof: {0}</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="48" />
      <source>Gamut warning</source>
      <translation>Farbumfang-Warnung</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="55" />
      <source>Monitor: {0}</source>
      <translation>Bildschirm: {0}</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="55" />
      <source>Monitor: sRGB, no other profile is known</source>
      <translation>Bildschirm: sRGB, ein anderes Profil ist nicht bekannt</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="105" />
      <source>Profile of the printer or screen to imitate</source>
      <translation>Profil des Druckers oder Bildschirms, der nachgeahmt werden soll</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="105" />
      <source>ICC profiles</source>
      <translation>ICC-Profile</translation>
    </message>
    <message>
      <location filename="../ui/controllers/colour.py" line="111" />
      <source>{0} is no ICC profile that colours can be converted to; choose another file.</source>
      <translation>{0} ist kein ICC-Profil, in das sich Farben umrechnen lassen; wählen Sie eine andere Datei.</translation>
    </message>
  </context>
  <context>
    <name>CrashDialog</name>
    <message>
      <location filename="../ui/crash.py" line="88" />
      <source>Something went wrong</source>
      <translation>Etwas ist schiefgegangen</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="91" />
      <source>pconv met an error of its own.</source>
      <translation>pconv ist auf einen eigenen Fehler gestoßen.</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="92" />
      <source>Please copy the report and send it to the makers; then save your picture and start anew.</source>
      <translation>Bitte kopieren Sie den Bericht und senden Sie ihn den Herstellern; speichern Sie dann Ihr Bild und starten Sie neu.</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="96" />
      <source>Report</source>
      <translation>Bericht</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="98" />
      <source>Copy Report</source>
      <translation>Bericht kopieren</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="99" />
      <source>Continue</source>
      <translation>Weiter</translation>
    </message>
  </context>
  <context>
    <name>CrashHandler</name>
    <message>
      <location filename="../ui/crash.py" line="76" />
      <source>Your work was saved and is offered again at the next start.</source>
      <translation>Ihre Arbeit wurde gesichert und wird beim nächsten Start wieder angeboten.</translation>
    </message>
    <message>
      <location filename="../ui/crash.py" line="79" />
      <source>Your work could not be saved ({0}).</source>
      <translation>Ihre Arbeit konnte nicht gesichert werden ({0}).</translation>
    </message>
  </context>
  <context>
    <name>CropBar</name>
    <message>
      <location filename="../ui/crop_bar.py" line="60" />
      <source>Crop</source>
      <translation>Zuschneiden</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="62" />
      <source>Aspect ratio</source>
      <translation>Seitenverhältnis</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="64" />
      <source>Swap width and height</source>
      <translation>Breite und Höhe tauschen</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="65" />
      <source>Width</source>
      <translation>Breite</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="66" />
      <source>Height</source>
      <translation>Höhe</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="67" />
      <source>Apply</source>
      <translation>Anwenden</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="68" />
      <source>Enter</source>
      <translation>Eingabe</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="69" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="70" />
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="103" />
      <location filename="../ui/crop_bar.py" line="77" />
      <source>Angle</source>
      <translation>Winkel</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="78" />
      <source>Rotates the picture under the frame</source>
      <translation>Dreht das Bild unter dem Rahmen</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="82" />
      <source>Draw a line along the horizon (Ctrl + drag)</source>
      <translation>Eine Linie am Horizont ziehen (Strg + Ziehen)</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="84" />
      <source>Fill empty corners</source>
      <translation>Leere Ecken füllen</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="85" />
      <source>Keeps the picture's size, and fills the corners that a rotation leaves empty</source>
      <translation>Behält die Größe des Bildes und füllt die Ecken, die beim Drehen leer bleiben</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="135" />
      <source>Any ratio</source>
      <translation>Beliebig</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="136" />
      <source>As the picture</source>
      <translation>Wie das Bild</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="170" />
      <source>The picture is being straightened…</source>
      <translation>Das Bild wird ausgerichtet…</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="172" />
      <source>Draw a line along the horizon, or along what should be upright.</source>
      <translation>Ziehen Sie eine Linie am Horizont, oder an etwas, das senkrecht sein soll.</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="174" />
      <source>What is tinted is filled when you apply this.</source>
      <translation>Das Getönte wird beim Anwenden gefüllt.</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="176" />
      <source>Ctrl + drag draws the horizon. Enter applies, Esc cancels.</source>
      <translation>Strg + Ziehen zeichnet den Horizont. Eingabe wendet an, Esc bricht ab.</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="177" />
      <source>Drag beyond the picture to extend it. Enter applies, Esc cancels.</source>
      <translation>Über das Bild hinausziehen erweitert es. Eingabe wendet an, Esc bricht ab.</translation>
    </message>
    <message>
      <location filename="../ui/crop_bar.py" line="184" />
      <source> px</source>
      <translation> px</translation>
    </message>
  </context>
  <context>
    <name>EditController</name>
    <message>
      <location filename="../ui/controllers/edit.py" line="80" />
      <source>Nothing is marked yet.</source>
      <translation>Noch ist nichts markiert.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="83" />
      <source>Grow mask</source>
      <translation>Maske erweitern</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="84" />
      <source>Shrink mask</source>
      <translation>Maske verkleinern</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="85" />
      <source>Feather mask</source>
      <translation>Maske weichzeichnen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="100" />
      <source>The picture is on the clipboard.</source>
      <translation>Das Bild ist in der Zwischenablage.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="105" />
      <source>Import mask</source>
      <translation>Maske importieren</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="107" />
      <source>Pictures</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="122" />
      <source>PNG pictures</source>
      <translation>PNG-Bilder</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="123" />
      <source>Export mask</source>
      <translation>Maske exportieren</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="129" />
      <source>The mask was written to {0}.</source>
      <translation>Die Maske wurde nach {0} geschrieben.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/edit.py" line="130" />
      <source>Save a Copy…</source>
      <translation>Kopie speichern…</translation>
    </message>
  </context>
  <context>
    <name>ExportDialog</name>
    <message>
      <location filename="../ui/dialogs/export.py" line="15" />
      <source>Export</source>
      <translation>Exportieren</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/export.py" line="20" />
      <source>Quality</source>
      <translation>Qualität</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/export.py" line="24" />
      <source>Choose File…</source>
      <translation>Datei wählen…</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/export.py" line="30" />
      <source>Format</source>
      <translation>Format</translation>
    </message>
  </context>
  <context>
    <name>ExtendDialog</name>
    <message>
      <location filename="../ui/dialogs/extend.py" line="21" />
      <source>Extend Canvas</source>
      <translation>Leinwand erweitern</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="23" />
      <source>per cent</source>
      <translation>Prozent</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="24" />
      <source>pixels</source>
      <translation>Pixel</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="25" />
      <source>Unit</source>
      <translation>Einheit</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="27" />
      <source>Top</source>
      <translation>Oben</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="28" />
      <source>Left</source>
      <translation>Links</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="29" />
      <source>Right</source>
      <translation>Rechts</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="30" />
      <source>Bottom</source>
      <translation>Unten</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="46" />
      <source>What is added is marked and filled. Each side can grow by a quarter.</source>
      <translation>Was dazukommt, wird markiert und gefüllt. Jede Seite kann um ein Viertel wachsen.</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="49" />
      <source>Extend and Fill</source>
      <translation>Erweitern und füllen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/extend.py" line="92" />
      <source> px</source>
      <translation> px</translation>
    </message>
  </context>
  <context>
    <name>FileController</name>
    <message>
      <location filename="../ui/controllers/file.py" line="73" />
      <source>Open</source>
      <translation>Öffnen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="75" />
      <source>Pictures</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="75" />
      <source>All files</source>
      <translation>Alle Dateien</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="84" />
      <source>{0} pictures: Page Down goes to the next one.</source>
      <translation>{0} Bilder: Bild ab geht zum nächsten.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="89" />
      <source>There is no picture in {0}.</source>
      <translation>In {0} ist kein Bild.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="138" />
      <source>Its fills are back; they are in no file yet.</source>
      <translation>Seine Füllungen sind wieder da; sie stehen noch in keiner Datei.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="140" />
      <source>The mask that you drew on it before is back.</source>
      <translation>Die Maske, die Sie darauf gezeichnet hatten, ist wieder da.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="160" />
      <source>There is no picture on the clipboard.</source>
      <translation>In der Zwischenablage ist kein Bild.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="188" />
      <source>There is no other picture in this folder.</source>
      <translation>In diesem Ordner ist kein anderes Bild.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="198" />
      <source>Recover your work on {0}?</source>
      <translation>Ihre Arbeit an {0} wiederherstellen?</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="198" />
      <source>a pasted picture</source>
      <translation>einem eingefügten Bild</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="199" />
      <source>pconv did not end well. What you did until {0} is still there.</source>
      <translation>pconv wurde nicht richtig beendet. Was Sie bis zum {0} getan haben, ist noch da.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="201" />
      <source>Recover</source>
      <translation>Wiederherstellen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="372" />
      <location filename="../ui/controllers/file.py" line="202" />
      <source>Discard</source>
      <translation>Verwerfen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="203" />
      <source>Later</source>
      <translation>Später</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="230" />
      <source>{0} was changed by another program</source>
      <translation>{0} wurde von einem anderen Programm geändert</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="231" />
      <source>Replacing it loses what the other program wrote.</source>
      <translation>Beim Ersetzen geht verloren, was das andere Programm geschrieben hat.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="233" />
      <source>Replace the original {0}?</source>
      <translation>Das Original {0} ersetzen?</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="234" />
      <source>The picture as it was before cannot be brought back from disk.</source>
      <translation>Das Bild, wie es vorher war, ist dann nicht mehr auf der Platte.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="352" />
      <location filename="../ui/controllers/file.py" line="240" />
      <source>Save a Copy…</source>
      <translation>Kopie speichern…</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="241" />
      <source>Replace</source>
      <translation>Ersetzen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="373" />
      <location filename="../ui/controllers/file.py" line="242" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="255" />
      <source>Save picture</source>
      <translation>Bild speichern</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="265" />
      <source>Export</source>
      <translation>Exportieren</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="282" />
      <source>pconv projects</source>
      <translation>pconv-Projekte</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="283" />
      <source>Save project</source>
      <translation>Projekt speichern</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="345" />
      <source>Saved as {0}.</source>
      <translation>Gespeichert als {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="368" />
      <source>Save {0} first?</source>
      <translation>{0} zuerst speichern?</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="369" />
      <source>It has changes that are not saved.</source>
      <translation>Es hat Änderungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/file.py" line="371" />
      <source>Save…</source>
      <translation>Speichern…</translation>
    </message>
  </context>
  <context>
    <name>FillController</name>
    <message>
      <location filename="../ui/controllers/fill.py" line="105" />
      <source>Nothing is marked: brush over what should go, then fill.</source>
      <translation>Nichts ist markiert: Übermalen Sie, was weg soll, und füllen Sie dann.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="142" />
      <location filename="../ui/controllers/fill.py" line="109" />
      <source>Choose result</source>
      <translation>Ergebnis wählen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="110" />
      <source>This mask was filled with these parameters before; here is that result.</source>
      <translation>Diese Maske wurde mit diesen Werten schon gefüllt; hier ist jenes Ergebnis.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="148" />
      <source>More results can be had of the last fill, as long as its mask is there.</source>
      <translation>Weitere Ergebnisse gibt es von der letzten Füllung, solange ihre Maske da ist.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="158" />
      <source>Delete result</source>
      <translation>Ergebnis löschen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="183" />
      <source>Filling…</source>
      <translation>Füllt…</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="185" />
      <source>Waiting, {0} before you</source>
      <translation>Wartet, {0} vor Ihnen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="186" />
      <source>Waiting…</source>
      <translation>Wartet…</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="188" />
      <source>Starting the daemon…</source>
      <translation>Startet den Dienst…</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="190" />
      <source>Loading the network…</source>
      <translation>Lädt das Netz…</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="213" />
      <location filename="../ui/controllers/fill.py" line="196" />
      <source>Stopped. The mask is kept.</source>
      <translation>Angehalten. Die Maske bleibt.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="200" />
      <source>The picture was turned or cropped meanwhile, so that the fill fits no more.</source>
      <translation>Das Bild wurde inzwischen gedreht oder zugeschnitten, darum passt die Füllung nicht mehr.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="203" />
      <source>Fill</source>
      <translation>Füllen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/fill.py" line="220" />
      <source>Try again</source>
      <translation>Noch einmal</translation>
    </message>
  </context>
  <context>
    <name>FillPanel</name>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="51" />
      <location filename="../ui/panels/fill_panel.py" line="18" />
      <source>Fill</source>
      <translation>Füllen</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="20" />
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="23" />
      <source>Margin</source>
      <translation>Rand</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="23" />
      <source>How far around the mask is filled too</source>
      <translation>Wie weit um die Maske herum mit gefüllt wird</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="26" />
      <source>Blend</source>
      <translation>Übergang</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="26" />
      <source>Blends the fill's edge into the picture</source>
      <translation>Blendet den Rand der Füllung ins Bild über</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="29" />
      <source>Context</source>
      <translation>Umgebung</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="29" />
      <source>Automatic</source>
      <translation>Auto</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="30" />
      <source>How much of the picture around the mask the fill looks at</source>
      <translation>Wie viel Bild um die Maske herum die Füllung ansieht</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="33" />
      <source>Detail</source>
      <translation>Detail</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="34" />
      <source>How much of the photo's own detail is drawn into the fill</source>
      <translation>Wie viel von den Details des Fotos in die Füllung kommt</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="38" />
      <source>Results</source>
      <translation>Ergebnisse</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="38" />
      <source>How many results to choose from each fill makes</source>
      <translation>Wie viele Ergebnisse zur Auswahl jede Füllung macht</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="45" />
      <source>Fill as you brush</source>
      <translation>Beim Malen füllen</translation>
    </message>
    <message>
      <location filename="../ui/panels/fill_panel.py" line="46" />
      <source>Starts a fill whenever a stroke ends</source>
      <translation>Füllt, sobald ein Strich endet</translation>
    </message>
  </context>
  <context>
    <name>Filmstrip</name>
    <message>
      <location filename="../ui/filmstrip.py" line="41" />
      <source>Fills</source>
      <translation>Füllungen</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="42" />
      <source>Results</source>
      <translation>Ergebnisse</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="129" />
      <source>Fill {0}</source>
      <translation>Füllung {0}</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="131" />
      <source>Before and after fill {0}</source>
      <translation>Vor und nach Füllung {0}</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="152" />
      <source>auto</source>
      <translation>auto</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="153" />
      <source>Fill {0}, result {1}</source>
      <translation>Füllung {0}, Ergebnis {1}</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="154" />
      <source>margin {0}, blend {1}</source>
      <translation>Rand {0}, Übergang {1}</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="155" />
      <source>context {0}, detail {1} %</source>
      <translation>Umgebung {0}, Detail {1} %</translation>
    </message>
    <message>
      <location filename="../ui/filmstrip.py" line="156" />
      <source>some of the picture was not copied from</source>
      <translation>von einem Teil des Bildes wurde nicht kopiert</translation>
    </message>
  </context>
  <context>
    <name>FolderController</name>
    <message>
      <location filename="../ui/controllers/folder.py" line="93" />
      <source>Nothing is marked yet.</source>
      <translation>Es ist noch nichts markiert.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="96" />
      <source>This picture was turned or cropped: its mask fits no other one.</source>
      <translation>Dieses Bild wurde gedreht oder zugeschnitten: Seine Maske passt auf kein anderes.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="107" />
      <source>Pictures with this mask now: {0}.</source>
      <translation>Bilder mit dieser Maske: {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="109" />
      <source>With work of their own, which they keep: {0}.</source>
      <translation>Mit eigener Arbeit, die bleibt: {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="111" />
      <source>Of another shape and left alone: {0}.</source>
      <translation>Von anderer Form und unverändert: {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="113" />
      <source>Not readable: {0}.</source>
      <translation>Nicht lesbar: {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="121" />
      <source>The pictures are being filled already.</source>
      <translation>Die Bilder werden schon gefüllt.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="137" />
      <source>No picture here has a mask that waits to be filled.</source>
      <translation>Kein Bild hier hat eine Maske, die noch zu füllen ist.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="155" />
      <location filename="../ui/controllers/folder.py" line="142" />
      <source>Fill</source>
      <translation>Füllen</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="164" />
      <source>Pictures filled: {0}. Look at them, then save them all.</source>
      <translation>Gefüllte Bilder: {0}. Sehen Sie sie an, dann speichern Sie alle.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="170" />
      <source>Not filled: {0}. {1}</source>
      <translation>Nicht gefüllt: {0}. {1}</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="197" />
      <source>There are no fills here that are not saved.</source>
      <translation>Hier gibt es keine Füllungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="199" />
      <source>Save the filled pictures to</source>
      <translation>Gefüllte Bilder speichern in</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="207" />
      <source>Pictures saved to {1}: {0}.</source>
      <translation>In {1} gespeicherte Bilder: {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/folder.py" line="231" />
      <source>Try again</source>
      <translation>Noch einmal</translation>
    </message>
  </context>
  <context>
    <name>FolderField</name>
    <message>
      <location filename="../ui/dialogs/settings.py" line="40" />
      <source>Choose…</source>
      <translation>Wählen…</translation>
    </message>
  </context>
  <context>
    <name>FolderModel</name>
    <message>
      <location filename="../ui/folder_model.py" line="94" />
      <source>untouched</source>
      <translation>unberührt</translation>
    </message>
    <message>
      <location filename="../ui/folder_model.py" line="95" />
      <source>masked</source>
      <translation>maskiert</translation>
    </message>
    <message>
      <location filename="../ui/folder_model.py" line="96" />
      <source>changed, not saved</source>
      <translation>geändert, nicht gespeichert</translation>
    </message>
    <message>
      <location filename="../ui/folder_model.py" line="97" />
      <source>saved</source>
      <translation>gespeichert</translation>
    </message>
  </context>
  <context>
    <name>FolderStrip</name>
    <message>
      <location filename="../ui/folder_strip.py" line="54" />
      <source>Pictures of the folder</source>
      <translation>Bilder des Ordners</translation>
    </message>
  </context>
  <context>
    <name>FrameController</name>
    <message>
      <location filename="../ui/controllers/frame.py" line="134" />
      <source>A fill is running: wait for it, or stop it with Esc.</source>
      <translation>Eine Füllung läuft: Warten Sie darauf, oder halten Sie sie mit Esc an.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/frame.py" line="136" />
      <source>This picture was cropped too often: save it, and open what was saved.</source>
      <translation>Dieses Bild wurde zu oft zugeschnitten: Speichern Sie es, und öffnen Sie das Gespeicherte.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/frame.py" line="145" />
      <source>The picture would be larger than pictures may be; choose a smaller frame.</source>
      <translation>Das Bild würde größer, als Bilder sein dürfen; wählen Sie einen kleineren Rahmen.</translation>
    </message>
  </context>
  <context>
    <name>HelpController</name>
    <message>
      <location filename="../ui/controllers/help.py" line="54" />
      <source>Open a photo first: drop it here, or press Ctrl+O.</source>
      <translation>Öffnen Sie zuerst ein Foto: hierher ziehen oder Strg+O drücken.</translation>
    </message>
  </context>
  <context>
    <name>LayersController</name>
    <message>
      <location filename="../ui/controllers/layers.py" line="36" />
      <source>Export fill</source>
      <translation>Füllung exportieren</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="44" />
      <source>Export layers</source>
      <translation>Ebenen exportieren</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="48" />
      <source>Photo</source>
      <translation>Foto</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="51" />
      <source>Retouching</source>
      <translation>Retusche</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="51" />
      <source>Fill {0}</source>
      <translation>Füllung {0}</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="61" />
      <source>The fills changed nothing.</source>
      <translation>Die Füllungen haben nichts verändert.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="64" />
      <source>The fill is on the clipboard.</source>
      <translation>Die Füllung ist in der Zwischenablage.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="75" />
      <source>Saved as {0}.</source>
      <translation>Gespeichert als {0}.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/layers.py" line="76" />
      <source>Save a Copy…</source>
      <translation>Kopie speichern…</translation>
    </message>
  </context>
  <context>
    <name>MainWindow</name>
    <message>
      <location filename="../ui/window.py" line="114" />
      <source>Open &amp;Recent</source>
      <translation>&amp;Zuletzt geöffnet</translation>
    </message>
  </context>
  <context>
    <name>MaskPanel</name>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="18" />
      <source>Mask</source>
      <translation>Maske</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="23" />
      <source>Grow</source>
      <translation>Größer</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="24" />
      <source>Shrink</source>
      <translation>Kleiner</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="25" />
      <source>Feather</source>
      <translation>Weicher</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="26" />
      <source>Invert</source>
      <translation>Umkehren</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="27" />
      <source>Fill holes</source>
      <translation>Löcher zu</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="28" />
      <source>Clear</source>
      <translation>Leeren</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="42" />
      <source>Tint</source>
      <translation>Farbe</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="42" />
      <source>How strongly the mask is shown</source>
      <translation>Wie stark die Maske zu sehen ist</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="56" />
      <source>Hole</source>
      <translation>Loch</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="57" />
      <source>The tools mark what is filled</source>
      <translation>Die Werkzeuge markieren, was gefüllt wird</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="58" />
      <source>Not copied</source>
      <translation>Tabu</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="60" />
      <source>Copy from</source>
      <translation>Kopieren von</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="61" />
      <source>From which side of the hole texture may be taken</source>
      <translation>Von welcher Seite des Lochs Struktur genommen werden darf</translation>
    </message>
    <message>
      <location filename="../ui/panels/mask_panel.py" line="69" />
      <source>Mark what is filled</source>
      <translation>Markieren, was gefüllt wird</translation>
    </message>
  </context>
  <context>
    <name>Navigator</name>
    <message>
      <location filename="../view/navigator.py" line="33" />
      <source>Navigator</source>
      <translation>Navigator</translation>
    </message>
  </context>
  <context>
    <name>ObjectBar</name>
    <message>
      <location filename="../ui/object_bar.py" line="20" />
      <source>Mark it</source>
      <translation>Markieren</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="21" />
      <source>Enter</source>
      <translation>Eingabe</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="22" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="23" />
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="41" />
      <source>Looking…</source>
      <translation>Wird gesucht…</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="43" />
      <source>Nothing was found here; draw a line around it.</source>
      <translation>Hier wurde nichts gefunden; ziehen Sie eine Linie darum.</translation>
    </message>
    <message>
      <location filename="../ui/object_bar.py" line="45" />
      <source>Click adds, Alt-click takes away.</source>
      <translation>Klick nimmt dazu, Alt-Klick nimmt weg.</translation>
    </message>
  </context>
  <context>
    <name>ObjectController</name>
    <message>
      <location filename="../ui/controllers/objects.py" line="69" />
      <source>Nothing was found yet where you clicked, so nothing is marked.</source>
      <translation>Wo Sie geklickt haben, wurde noch nichts gefunden; deshalb ist nichts markiert.</translation>
    </message>
  </context>
  <context>
    <name>OpeningPill</name>
    <message>
      <location filename="../ui/overlays.py" line="174" />
      <source>Opening {0}…</source>
      <translation>{0} wird geöffnet…</translation>
    </message>
  </context>
  <context>
    <name>ProgressPill</name>
    <message>
      <location filename="../ui/overlays.py" line="124" />
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <location filename="../ui/overlays.py" line="136" />
      <source>Preparing…</source>
      <translation>Bereitet vor…</translation>
    </message>
    <message>
      <location filename="../ui/overlays.py" line="149" />
      <source>Stopping…</source>
      <translation>Hält an…</translation>
    </message>
  </context>
  <context>
    <name>SamplingController</name>
    <message>
      <location filename="../ui/controllers/sampling.py" line="36" />
      <source>Mark first what should go; then choose from which side of it to copy.</source>
      <translation>Markieren Sie zuerst, was weg soll; wählen Sie dann, von welcher Seite davon kopiert wird.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/sampling.py" line="49" />
      <source>Fills copy from everywhere already.</source>
      <translation>Füllungen kopieren schon von überall.</translation>
    </message>
  </context>
  <context>
    <name>SearchDialog</name>
    <message>
      <location filename="../ui/dialogs/search.py" line="51" />
      <source>What do you want to do?</source>
      <translation>Was möchten Sie tun?</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/search.py" line="52" />
      <source>Find action</source>
      <translation>Befehl finden</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/search.py" line="55" />
      <source>Actions</source>
      <translation>Befehle</translation>
    </message>
  </context>
  <context>
    <name>Settings</name>
    <message>
      <location filename="../ui/settings.py" line="59" />
      <source>Appearance</source>
      <translation>Aussehen</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="60" />
      <source>Editing</source>
      <translation>Bearbeiten</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="61" />
      <source>Daemon</source>
      <translation>Dienst</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="66" />
      <source>Colours</source>
      <translation>Farben</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="73" />
      <location filename="../ui/settings.py" line="67" />
      <source>As the system</source>
      <translation>Wie das System</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="68" />
      <source>Dark</source>
      <translation>Dunkel</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="69" />
      <source>Light</source>
      <translation>Hell</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="72" />
      <source>Language</source>
      <translation>Sprache</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="74" />
      <source>Takes effect at the next start.</source>
      <translation>Gilt ab dem nächsten Start.</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="76" />
      <source>Mask colour</source>
      <translation>Maskenfarbe</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="78" />
      <source>Colour of what is not copied from</source>
      <translation>Farbe für nicht zu Kopierendes</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="79" />
      <source>Mask opacity, %</source>
      <translation>Deckkraft der Maske, %</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="81" />
      <source>A stroke after a fill starts a new mask</source>
      <translation>Ein Strich nach dem Füllen beginnt eine neue Maske</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="82" />
      <source>Hold Shift to go on with the old one.</source>
      <translation>Mit Umschalt geht die alte weiter.</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="85" />
      <source>Object model</source>
      <translation>Objektmodell</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="86" />
      <source>A folder with the encoder and the decoder of a SAM model as ONNX files. Empty: none.</source>
      <translation>Ein Ordner mit Encoder und Decoder eines SAM-Modells als ONNX-Dateien. Leer: keines.</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="90" />
      <source>Seconds between autosaves</source>
      <translation>Sekunden zwischen Sicherungen</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="93" />
      <source>Address</source>
      <translation>Adresse</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="94" />
      <source>Empty: as “pconv use” says, else this computer.</source>
      <translation>Leer: wie „pconv use“ es sagt, sonst dieser Rechner.</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="98" />
      <source>Start the local daemon with the editor</source>
      <translation>Den lokalen Dienst mit dem Editor starten</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="146" />
      <source>The settings file was damaged; it was put aside as {0} and the defaults are used.</source>
      <translation>Die Einstellungsdatei war beschädigt; sie liegt nun als {0} daneben, und es gelten die Vorgaben.</translation>
    </message>
    <message>
      <location filename="../ui/settings.py" line="153" />
      <source>The settings file {0} cannot be used ({1}); the defaults are used.</source>
      <translation>Die Einstellungsdatei {0} ist nicht zu gebrauchen ({1}); es gelten die Vorgaben.</translation>
    </message>
  </context>
  <context>
    <name>SettingsDialog</name>
    <message>
      <location filename="../ui/dialogs/settings.py" line="64" />
      <source>Settings</source>
      <translation>Einstellungen</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsDialog</name>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="88" />
      <source>Keyboard shortcuts</source>
      <translation>Tastenkürzel</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="95" />
      <source>Search actions and keys</source>
      <translation>Befehle und Tasten suchen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="107" />
      <source>Actions and their keys</source>
      <translation>Befehle und ihre Tasten</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="114" />
      <source>Set</source>
      <translation>Setzen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="116" />
      <source>Reset All</source>
      <translation>Alle zurücksetzen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="118" />
      <source>Done</source>
      <translation>Fertig</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="121" />
      <source>New key:</source>
      <translation>Neue Taste:</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsModel</name>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="38" />
      <source>Action</source>
      <translation>Befehl</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/shortcuts.py" line="38" />
      <source>Keys</source>
      <translation>Tasten</translation>
    </message>
  </context>
  <context>
    <name>StartHint</name>
    <message>
      <location filename="../ui/hint.py" line="24" />
      <source>Brush over what should go  (B)</source>
      <translation>Übermalen Sie, was weg soll  (B)</translation>
    </message>
    <message>
      <location filename="../ui/hint.py" line="25" />
      <source>Press F to fill</source>
      <translation>Drücken Sie F zum Füllen</translation>
    </message>
    <message>
      <location filename="../ui/hint.py" line="26" />
      <source>Hold Tab to see it as it was; Ctrl+S saves</source>
      <translation>Tab halten zeigt es, wie es war; Strg+S speichert</translation>
    </message>
    <message>
      <location filename="../ui/hint.py" line="30" />
      <source>Three steps</source>
      <translation>Drei Schritte</translation>
    </message>
    <message>
      <location filename="../ui/hint.py" line="32" />
      <source>Got it</source>
      <translation>Verstanden</translation>
    </message>
  </context>
  <context>
    <name>StatusBar</name>
    <message>
      <location filename="../ui/statusbar.py" line="29" />
      <source>Daemon</source>
      <translation>Dienst</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="51" />
      <source>Connecting to the daemon…</source>
      <translation>Verbindet mit dem Dienst…</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="53" />
      <source>Offline: editing goes on, fills wait for the daemon</source>
      <translation>Offline: Bearbeiten geht weiter, Füllungen warten auf den Dienst</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="55" />
      <source>The daemon cannot fill at the moment</source>
      <translation>Der Dienst kann gerade nicht füllen</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="57" />
      <source>The daemon is getting ready…</source>
      <translation>Der Dienst macht sich bereit…</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="59" />
      <source>Ready</source>
      <translation>Bereit</translation>
    </message>
    <message>
      <location filename="../ui/statusbar.py" line="63" />
      <source>{0} in the queue</source>
      <translation>{0} in der Schlange</translation>
    </message>
  </context>
  <context>
    <name>Target</name>
    <message>
      <location filename="../ui/dialogs/target.py" line="49" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/target.py" line="50" />
      <source>Replace</source>
      <translation>Ersetzen</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/target.py" line="52" />
      <source>Replace {0}?</source>
      <translation>{0} ersetzen?</translation>
    </message>
    <message>
      <location filename="../ui/dialogs/target.py" line="53" />
      <source>There is a file of this name already.</source>
      <translation>Es gibt schon eine Datei dieses Namens.</translation>
    </message>
  </context>
  <context>
    <name>ToolPanel</name>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="25" />
      <source>Opacity</source>
      <translation>Deckkraft</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="25" />
      <source>How much of what is copied shows</source>
      <translation>Wie sehr das Kopierte zu sehen ist</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="26" />
      <source>Aligned</source>
      <translation>Ausgerichtet</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="27" />
      <source>All strokes copy from the same distance; else each begins at the source</source>
      <translation>Alle Striche kopieren aus demselben Abstand; sonst beginnt jeder wieder an der Quelle</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="28" />
      <source>Tolerance</source>
      <translation>Toleranz</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="29" />
      <source>Connected pixels only</source>
      <translation>Nur zusammenhängende Pixel</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="89" />
      <source>Size</source>
      <translation>Größe</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="89" />
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="89" />
      <source>[ and ]</source>
      <translation>[ und ]</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="90" />
      <source>Hardness</source>
      <translation>Härte</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="90" />
      <source>{ and }; soft edges blend softly</source>
      <translation>{ und }; weiche Ränder blenden weich über</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="100" />
      <source>Shift draws straight lines, the right button erases.</source>
      <translation>Umschalt zieht gerade Linien, die rechte Taste radiert.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="102" />
      <source>Shift draws straight lines, the right button paints.</source>
      <translation>Umschalt zieht gerade Linien, die rechte Taste malt.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="104" />
      <source>Alt-click chooses where to copy from, then brush.</source>
      <translation>Alt-Klick wählt, von wo kopiert wird; dann malen.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="106" />
      <source>Alt-click chooses where to copy from; what you brush blends in.</source>
      <translation>Alt-Klick wählt, von wo kopiert wird; Gemaltes fügt sich ein.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="108" />
      <source>Click a thing, or draw around it. More clicks add, Alt-clicks take away; Enter marks it.</source>
      <translation>Klicken Sie ein Ding an oder ziehen Sie eine Linie darum. Weitere Klicks nehmen dazu, Alt-Klicks nehmen weg; Eingabe markiert es.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="110" />
      <source>Drag the frame's sides; beyond the picture it is extended. Ctrl + drag draws the horizon.</source>
      <translation>Ziehen Sie an den Seiten des Rahmens; über das Bild hinaus wird es erweitert. Strg + Ziehen zeichnet den Horizont.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="112" />
      <source>Click corners, Enter closes. It adds to the mask; Ctrl erases.</source>
      <translation>Ecken klicken, Enter schließt. Fügt zur Maske hinzu; Strg nimmt weg.</translation>
    </message>
    <message>
      <location filename="../ui/panels/tool_panel.py" line="113" />
      <source>Adds to the mask; Ctrl or the right button erases from it.</source>
      <translation>Fügt zur Maske hinzu; Strg oder die rechte Taste nimmt weg.</translation>
    </message>
  </context>
  <context>
    <name>ViewController</name>
    <message>
      <location filename="../ui/controllers/view.py" line="149" />
      <source>Take the clone or the heal brush first.</source>
      <translation>Nehmen Sie zuerst den Klon- oder den Heilpinsel.</translation>
    </message>
    <message>
      <location filename="../ui/controllers/view.py" line="226" />
      <source>Alt-click first where to copy from.</source>
      <translation>Klicken Sie zuerst mit Alt, von wo kopiert werden soll.</translation>
    </message>
  </context>
  <context>
    <name>Welcome</name>
    <message>
      <location filename="../ui/welcome.py" line="34" />
      <source>Take things out of photos</source>
      <translation>Dinge aus Fotos herausnehmen</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="36" />
      <source>Drop a photo here, paste one, or</source>
      <translation>Ziehen Sie ein Foto hierher, fügen Sie eins ein, oder</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="38" />
      <source>Open a photo…</source>
      <translation>Foto öffnen…</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="61" />
      <source>Open</source>
      <translation>Öffnen</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="61" />
      <source>JPEG, PNG, WebP or TIFF</source>
      <translation>JPEG, PNG, WebP oder TIFF</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="62" />
      <source>Brush</source>
      <translation>Übermalen</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="62" />
      <source>over what should go</source>
      <translation>was weg soll</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="63" />
      <source>Press F</source>
      <translation>F drücken</translation>
    </message>
    <message>
      <location filename="../ui/welcome.py" line="63" />
      <source>to fill; hold Tab to compare</source>
      <translation>zum Füllen; Tab vergleicht</translation>
    </message>
  </context>
  <context>
    <name>Workspace</name>
    <message>
      <location filename="../ui/workspace.py" line="66" />
      <source>Pasted picture</source>
      <translation>Eingefügtes Bild</translation>
    </message>
  </context>
  <context>
    <name>ZoomField</name>
    <message>
      <location filename="../ui/zoom_field.py" line="25" />
      <source>Zoom</source>
      <translation>Zoom</translation>
    </message>
    <message>
      <location filename="../ui/zoom_field.py" line="26" />
      <source>Zoom: type a number, or press the arrows</source>
      <translation>Zoom: eine Zahl eintippen oder die Pfeiltasten drücken</translation>
    </message>
  </context>
  <context>
    <name>_Progress</name>
    <message>
      <location filename="../ui/folder_strip.py" line="98" />
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <location filename="../ui/folder_strip.py" line="112" />
      <source>Filling {0} of {1}</source>
      <translation>{0} von {1} wird gefüllt</translation>
    </message>
  </context>
</TS>
