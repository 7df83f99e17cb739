<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>AboutDialog</name>
    <message>
      <source>About pconv</source>
      <translation>Über pconv</translation>
    </message>
    <message>
      <source>Takes things out of photos with partial convolutions.</source>
      <translation>Nimmt Dinge aus Fotos heraus, mit partiellen Faltungen.</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Modellkarte</translation>
    </message>
    <message>
      <source>The model card is not installed.</source>
      <translation>Die Modellkarte ist nicht installiert.</translation>
    </message>
  </context>
  <context>
    <name>Actions</name>
    <message>
      <source>&amp;File</source>
      <translation>&amp;Datei</translation>
    </message>
    <message>
      <source>&amp;Edit</source>
      <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
      <source>&amp;Tools</source>
      <translation>&amp;Werkzeuge</translation>
    </message>
    <message>
      <source>&amp;Mask</source>
      <translation>&amp;Maske</translation>
    </message>
    <message>
      <source>F&amp;ill</source>
      <translation>F&amp;üllen</translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation>&amp;Ansicht</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>&amp;Hilfe</translation>
    </message>
    <message>
      <source>&amp;Open…</source>
      <translation>&amp;Öffnen…</translation>
    </message>
    <message>
      <source>Paste as &amp;New Picture</source>
      <translation>Als &amp;neues Bild einfügen</translation>
    </message>
    <message>
      <source>Pre&amp;vious in Folder</source>
      <translation>&amp;Voriges im Ordner</translation>
    </message>
    <message>
      <source>Ne&amp;xt in Folder</source>
      <translation>Nä&amp;chstes im Ordner</translation>
    </message>
    <message>
      <source>&amp;Save</source>
      <translation>&amp;Speichern</translation>
    </message>
    <message>
      <source>Save Picture &amp;As…</source>
      <translation>Bild speichern &amp;unter…</translation>
    </message>
    <message>
      <source>&amp;Export with Quality…</source>
      <translation>Mit Qualität &amp;exportieren…</translation>
    </message>
    <message>
      <source>Save &amp;Project…</source>
      <translation>&amp;Projekt speichern…</translation>
    </message>
    <message>
      <source>&amp;Close Picture</source>
      <translation>Bild sch&amp;ließen</translation>
    </message>
    <message>
      <source>&amp;Quit</source>
      <translation>&amp;Beenden</translation>
    </message>
    <message>
      <source>&amp;Undo</source>
      <translation>&amp;Rückgängig</translation>
    </message>
    <message>
      <source>&amp;Redo</source>
      <translation>&amp;Wiederholen</translation>
    </message>
    <message>
      <source>&amp;Copy Picture</source>
      <translation>Bild &amp;kopieren</translation>
    </message>
    <message>
      <source>&amp;Find Action…</source>
      <translation>Befehl &amp;finden…</translation>
    </message>
    <message>
      <source>&amp;Keyboard Shortcuts…</source>
      <translation>&amp;Tastenkürzel…</translation>
    </message>
    <message>
      <source>&amp;Settings…</source>
      <translation>&amp;Einstellungen…</translation>
    </message>
    <message>
      <source>&amp;Brush</source>
      <translation>&amp;Pinsel</translation>
    </message>
    <message>
      <source>&amp;Eraser</source>
      <translation>&amp;Radierer</translation>
    </message>
    <message>
      <source>&amp;Lasso</source>
      <translation>&amp;Lasso</translation>
    </message>
    <message>
      <source>&amp;Polygon</source>
      <translation>P&amp;olygon</translation>
    </message>
    <message>
      <source>&amp;Rectangle</source>
      <translation>Re&amp;chteck</translation>
    </message>
    <message>
      <source>E&amp;llipse</source>
      <translation>&amp;Ellipse</translation>
    </message>
    <message>
      <source>Magic &amp;Wand</source>
      <translation>&amp;Zauberstab</translation>
    </message>
    <message>
      <source>Larger Brush</source>
      <translation>Größerer Pinsel</translation>
    </message>
    <message>
      <source>Smaller Brush</source>
      <translation>Kleinerer Pinsel</translation>
    </message>
    <message>
      <source>Harder Brush</source>
      <translation>Härterer Pinsel</translation>
    </message>
    <message>
      <source>Softer Brush</source>
      <translation>Weicherer Pinsel</translation>
    </message>
    <message>
      <source>&amp;Clear Mask</source>
      <translation>Maske &amp;leeren</translation>
    </message>
    <message>
      <source>Mark &amp;All</source>
      <translation>&amp;Alles markieren</translation>
    </message>
    <message>
      <source>&amp;Invert Mask</source>
      <translation>Maske &amp;umkehren</translation>
    </message>
    <message>
      <source>&amp;Grow Mask…</source>
      <translation>Maske &amp;erweitern…</translation>
    </message>
    <message>
      <source>&amp;Shrink Mask…</source>
      <translation>Maske &amp;verkleinern…</translation>
    </message>
    <message>
      <source>&amp;Feather Mask…</source>
      <translation>Maske &amp;weichzeichnen…</translation>
    </message>
    <message>
      <source>Fill &amp;Holes in Mask</source>
      <translation>&amp;Löcher in der Maske schließen</translation>
    </message>
    <message>
      <source>I&amp;mport Mask…</source>
      <translation>Maske &amp;importieren…</translation>
    </message>
    <message>
      <source>E&amp;xport Mask…</source>
      <translation>Maske e&amp;xportieren…</translation>
    </message>
    <message>
      <source>&amp;Fill</source>
      <translation>&amp;Füllen</translation>
    </message>
    <message>
      <source>&amp;Stop Filling</source>
      <translation>Füllen &amp;anhalten</translation>
    </message>
    <message>
      <source>Fill as You &amp;Brush</source>
      <translation>Beim &amp;Malen füllen</translation>
    </message>
    <message>
      <source>&amp;Previous Result</source>
      <translation>&amp;Voriges Ergebnis</translation>
    </message>
    <message>
      <source>&amp;Next Result</source>
      <translation>&amp;Nächstes Ergebnis</translation>
    </message>
    <message>
      <source>Zoom &amp;In</source>
      <translation>Ver&amp;größern</translation>
    </message>
    <message>
      <source>Zoom &amp;Out</source>
      <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
      <source>&amp;Fit in Window</source>
      <translation>In das &amp;Fenster einpassen</translation>
    </message>
    <message>
      <source>&amp;Actual Pixels</source>
      <translation>&amp;Tatsächliche Pixel</translation>
    </message>
    <message>
      <source>Show &amp;Before</source>
      <translation>&amp;Vorher zeigen</translation>
    </message>
    <message>
      <source>&amp;Split Before and After</source>
      <translation>Vorher und nachher &amp;teilen</translation>
    </message>
    <message>
      <source>Mask &amp;Tint</source>
      <translation>Masken&amp;farbe</translation>
    </message>
    <message>
      <source>Mask Out&amp;line</source>
      <translation>Masken&amp;umriss</translation>
    </message>
    <message>
      <source>&amp;Panels</source>
      <translation>&amp;Seitenleiste</translation>
    </message>
    <message>
      <source>F&amp;ull Screen</source>
      <translation>V&amp;ollbild</translation>
    </message>
    <message>
      <source>&amp;First Steps</source>
      <translation>&amp;Erste Schritte</translation>
    </message>
    <message>
      <source>&amp;About pconv</source>
      <translation>Ü&amp;ber pconv</translation>
    </message>
    <message>
      <source>Main tool bar</source>
      <translation>Hauptleiste</translation>
    </message>
    <message>
      <source>Tools</source>
      <translation>Werkzeuge</translation>
    </message>
  </context>
  <context>
    <name>AmountBar</name>
    <message>
      <source>Pixels</source>
      <translation>Pixel</translation>
    </message>
    <message>
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <source>Apply</source>
      <translation>Anwenden</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
  </context>
  <context>
    <name>Autosave</name>
    <message>
      <source>Autosave does not work: {0}</source>
      <translation>Das automatische Sichern geht nicht: {0}</translation>
    </message>
  </context>
  <context>
    <name>Banner</name>
    <message>
      <source>Dismiss</source>
      <translation>Schließen</translation>
    </message>
  </context>
  <context>
    <name>Canvas</name>
    <message>
      <source>Picture</source>
      <translation>Bild</translation>
    </message>
    <message>
      <source>Before</source>
      <translation>Vorher</translation>
    </message>
    <message>
      <source>After</source>
      <translation>Nachher</translation>
    </message>
  </context>
  <context>
    <name>CrashDialog</name>
    <message>
      <source>Something went wrong</source>
      <translation>Etwas ist schiefgegangen</translation>
    </message>
    <message>
      <source>pconv met an error of its own.</source>
      <translation>pconv ist auf einen eigenen Fehler gestoßen.</translation>
    </message>
    <message>
      <source>Please copy the report and send it to the makers; then save your picture and start anew.</source>
      <translation>Bitte kopieren Sie den Bericht und senden Sie ihn den Herstellern; speichern Sie dann Ihr Bild und starten Sie neu.</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Bericht</translation>
    </message>
    <message>
      <source>Copy Report</source>
      <translation>Bericht kopieren</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>Weiter</translation>
    </message>
  </context>
  <context>
    <name>CrashHandler</name>
    <message>
      <source>Your work was saved and is offered again at the next start.</source>
      <translation>Ihre Arbeit wurde gesichert und wird beim nächsten Start wieder angeboten.</translation>
    </message>
    <message>
      <source>Your work could not be saved ({0}).</source>
      <translation>Ihre Arbeit konnte nicht gesichert werden ({0}).</translation>
    </message>
  </context>
  <context>
    <name>EditController</name>
    <message>
      <source>Nothing is marked yet.</source>
      <translation>Noch ist nichts markiert.</translation>
    </message>
    <message>
      <source>Grow mask</source>
      <translation>Maske erweitern</translation>
    </message>
    <message>
      <source>Shrink mask</source>
      <translation>Maske verkleinern</translation>
    </message>
    <message>
      <source>Feather mask</source>
      <translation>Maske weichzeichnen</translation>
    </message>
    <message>
      <source>The picture is on the clipboard.</source>
      <translation>Das Bild ist in der Zwischenablage.</translation>
    </message>
    <message>
      <source>Import mask</source>
      <translation>Maske importieren</translation>
    </message>
    <message>
      <source>Pictures</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <source>PNG pictures</source>
      <translation>PNG-Bilder</translation>
    </message>
    <message>
      <source>Export mask</source>
      <translation>Maske exportieren</translation>
    </message>
    <message>
      <source>The mask was written to {0}.</source>
      <translation>Die Maske wurde nach {0} geschrieben.</translation>
    </message>
    <message>
      <source>Save a Copy…</source>
      <translation>Kopie speichern…</translation>
    </message>
  </context>
  <context>
    <name>ExportDialog</name>
    <message>
      <source>Export</source>
      <translation>Exportieren</translation>
    </message>
    <message>
      <source>Quality</source>
      <translation>Qualität</translation>
    </message>
    <message>
      <source>Choose File…</source>
      <translation>Datei wählen…</translation>
    </message>
    <message>
      <source>Format</source>
      <translation>Format</translation>
    </message>
  </context>
  <context>
    <name>FileController</name>
    <message>
      <source>Open</source>
      <translation>Öffnen</translation>
    </message>
    <message>
      <source>Pictures</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <source>All files</source>
      <translation>Alle Dateien</translation>
    </message>
    <message>
      <source>{0} pictures: Page Down goes to the next one.</source>
      <translation>{0} Bilder: Bild ab geht zum nächsten.</translation>
    </message>
    <message>
      <source>There is no picture in {0}.</source>
      <translation>In {0} ist kein Bild.</translation>
    </message>
    <message>
      <source>The mask that you drew on it before is back.</source>
      <translation>Die Maske, die Sie darauf gezeichnet hatten, ist wieder da.</translation>
    </message>
    <message>
      <source>There is no picture on the clipboard.</source>
      <translation>In der Zwischenablage ist kein Bild.</translation>
    </message>
    <message>
      <source>There is no other picture in this folder.</source>
      <translation>In diesem Ordner ist kein anderes Bild.</translation>
    </message>
    <message>
      <source>Recover your work on {0}?</source>
      <translation>Ihre Arbeit an {0} wiederherstellen?</translation>
    </message>
    <message>
      <source>a pasted picture</source>
      <translation>einem eingefügten Bild</translation>
    </message>
    <message>
      <source>pconv did not end well. The mask and the fills of {0} are still there.</source>
      <translation>pconv wurde nicht richtig beendet. Maske und Füllungen vom {0} sind noch da.</translation>
    </message>
    <message>
      <source>Recover</source>
      <translation>Wiederherstellen</translation>
    </message>
    <message>
      <source>Discard</source>
      <translation>Verwerfen</translation>
    </message>
    <message>
      <source>Later</source>
      <translation>Später</translation>
    </message>
    <message>
      <source>{0} was changed by another program</source>
      <translation>{0} wurde von einem anderen Programm geändert</translation>
    </message>
    <message>
      <source>Replacing it loses what the other program wrote.</source>
      <translation>Beim Ersetzen geht verloren, was das andere Programm geschrieben hat.</translation>
    </message>
    <message>
      <source>Replace the original {0}?</source>
      <translation>Das Original {0} ersetzen?</translation>
    </message>
    <message>
      <source>The picture as it was before cannot be brought back from disk.</source>
      <translation>Das Bild, wie es vorher war, ist dann nicht mehr auf der Platte.</translation>
    </message>
    <message>
      <source>Save a Copy…</source>
      <translation>Kopie speichern…</translation>
    </message>
    <message>
      <source>Replace</source>
      <translation>Ersetzen</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Save picture</source>
      <translation>Bild speichern</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>Exportieren</translation>
    </message>
    <message>
      <source>pconv projects</source>
      <translation>pconv-Projekte</translation>
    </message>
    <message>
      <source>Save project</source>
      <translation>Projekt speichern</translation>
    </message>
    <message>
      <source>Saved as {0}.</source>
      <translation>Gespeichert als {0}.</translation>
    </message>
    <message>
      <source>Save {0} first?</source>
      <translation>{0} zuerst speichern?</translation>
    </message>
    <message>
      <source>It has changes that are not saved.</source>
      <translation>Es hat Änderungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
      <source>Save…</source>
      <translation>Speichern…</translation>
    </message>
  </context>
  <context>
    <name>FillController</name>
    <message>
      <source>Nothing is marked: brush over what should go, then fill.</source>
      <translation>Nichts ist markiert: Übermalen Sie, was weg soll, und füllen Sie dann.</translation>
    </message>
    <message>
      <source>Choose result</source>
      <translation>Ergebnis wählen</translation>
    </message>
    <message>
      <source>This mask was filled with these parameters before; here is that result.</source>
      <translation>Diese Maske wurde mit diesen Werten schon gefüllt; hier ist jenes Ergebnis.</translation>
    </message>
    <message>
      <source>Filling…</source>
      <translation>Füllt…</translation>
    </message>
    <message>
      <source>Waiting, {0} before you</source>
      <translation>Wartet, {0} vor Ihnen</translation>
    </message>
    <message>
      <source>Waiting…</source>
      <translation>Wartet…</translation>
    </message>
    <message>
      <source>Starting the daemon…</source>
      <translation>Startet den Dienst…</translation>
    </message>
    <message>
      <source>Loading the network…</source>
      <translation>Lädt das Netz…</translation>
    </message>
    <message>
      <source>Stopped. The mask is kept.</source>
      <translation>Angehalten. Die Maske bleibt.</translation>
    </message>
    <message>
      <source>Fill</source>
      <translation>Füllen</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Noch einmal</translation>
    </message>
  </context>
  <context>
    <name>FillPanel</name>
    <message>
      <source>Fill</source>
      <translation>Füllen</translation>
    </message>
    <message>
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <source>Margin</source>
      <translation>Rand</translation>
    </message>
    <message>
      <source>How far around the mask is filled too</source>
      <translation>Wie weit um die Maske herum mit gefüllt wird</translation>
    </message>
    <message>
      <source>Blend</source>
      <translation>Übergang</translation>
    </message>
    <message>
      <source>Blends the fill's edge into the picture</source>
      <translation>Blendet den Rand der Füllung ins Bild über</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>Umgebung</translation>
    </message>
    <message>
      <source>Automatic</source>
      <translation>Auto</translation>
    </message>
    <message>
      <source>How much of the picture around the mask the fill looks at</source>
      <translation>Wie viel Bild um die Maske herum die Füllung ansieht</translation>
    </message>
    <message>
      <source>Detail</source>
      <translation>Detail</translation>
    </message>
    <message>
      <source>How much of the photo's own texture is laid over the fill</source>
      <translation>Wie viel von der Textur des Fotos auf die Füllung kommt</translation>
    </message>
    <message>
      <source>Fill as you brush</source>
      <translation>Beim Malen füllen</translation>
    </message>
    <message>
      <source>Starts a fill whenever a stroke ends</source>
      <translation>Füllt, sobald ein Strich endet</translation>
    </message>
  </context>
  <context>
    <name>HelpController</name>
    <message>
      <source>Open a photo first: drop it here, or press Ctrl+O.</source>
      <translation>Öffnen Sie zuerst ein Foto: hierher ziehen oder Strg+O drücken.</translation>
    </message>
  </context>
  <context>
    <name>MainWindow</name>
    <message>
      <source>Open &amp;Recent</source>
      <translation>&amp;Zuletzt geöffnet</translation>
    </message>
  </context>
  <context>
    <name>MaskPanel</name>
    <message>
      <source>Mask</source>
      <translation>Maske</translation>
    </message>
    <message>
      <source>Grow</source>
      <translation>Größer</translation>
    </message>
    <message>
      <source>Shrink</source>
      <translation>Kleiner</translation>
    </message>
    <message>
      <source>Feather</source>
      <translation>Weicher</translation>
    </message>
    <message>
      <source>Invert</source>
      <translation>Umkehren</translation>
    </message>
    <message>
      <source>Fill holes</source>
      <translation>Löcher zu</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>Leeren</translation>
    </message>
    <message>
      <source>Tint</source>
      <translation>Farbe</translation>
    </message>
    <message>
      <source>How strongly the mask is shown</source>
      <translation>Wie stark die Maske zu sehen ist</translation>
    </message>
  </context>
  <context>
    <name>OpeningPill</name>
    <message>
      <source>Opening {0}…</source>
      <translation>{0} wird geöffnet…</translation>
    </message>
  </context>
  <context>
    <name>ProgressPill</name>
    <message>
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <source>Preparing…</source>
      <translation>Bereitet vor…</translation>
    </message>
    <message>
      <source>Stopping…</source>
      <translation>Hält an…</translation>
    </message>
  </context>
  <context>
    <name>ResultsPanel</name>
    <message>
      <source>Results</source>
      <translation>Ergebnisse</translation>
    </message>
    <message>
      <source>Each fill appears here. Fill the same mask with other parameters for more to choose from.</source>
      <translation>Jede Füllung erscheint hier. Füllen Sie dieselbe Maske mit anderen Werten, um mehr Auswahl zu haben.</translation>
    </message>
    <message>
      <source>auto</source>
      <translation>auto</translation>
    </message>
    <message>
      <source>Fill {0}, result {1}</source>
      <translation>Füllung {0}, Ergebnis {1}</translation>
    </message>
    <message>
      <source>margin {0}, blend {1}</source>
      <translation>Rand {0}, Übergang {1}</translation>
    </message>
    <message>
      <source>context {0}, detail {1} %</source>
      <translation>Umgebung {0}, Detail {1} %</translation>
    </message>
  </context>
  <context>
    <name>SearchDialog</name>
    <message>
      <source>What do you want to do?</source>
      <translation>Was möchten Sie tun?</translation>
    </message>
    <message>
      <source>Find action</source>
      <translation>Befehl finden</translation>
    </message>
    <message>
      <source>Actions</source>
      <translation>Befehle</translation>
    </message>
  </context>
  <context>
    <name>Settings</name>
    <message>
      <source>Appearance</source>
      <translation>Aussehen</translation>
    </message>
    <message>
      <source>Editing</source>
      <translation>Bearbeiten</translation>
    </message>
    <message>
      <source>Daemon</source>
      <translation>Dienst</translation>
    </message>
    <message>
      <source>Colours</source>
      <translation>Farben</translation>
    </message>
    <message>
      <source>As the system</source>
      <translation>Wie das System</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>Dunkel</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>Hell</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>Sprache</translation>
    </message>
    <message>
      <source>Takes effect at the next start.</source>
      <translation>Gilt ab dem nächsten Start.</translation>
    </message>
    <message>
      <source>Mask colour</source>
      <translation>Maskenfarbe</translation>
    </message>
    <message>
      <source>Mask opacity, %</source>
      <translation>Deckkraft der Maske, %</translation>
    </message>
    <message>
      <source>A stroke after a fill starts a new mask</source>
      <translation>Ein Strich nach dem Füllen beginnt eine neue Maske</translation>
    </message>
    <message>
      <source>Hold Shift to go on with the old one.</source>
      <translation>Mit Umschalt geht die alte weiter.</translation>
    </message>
    <message>
      <source>Seconds between autosaves</source>
      <translation>Sekunden zwischen Sicherungen</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>Adresse</translation>
    </message>
    <message>
      <source>Empty: as “pconv use” says, else this computer.</source>
      <translation>Leer: wie „pconv use“ es sagt, sonst dieser Rechner.</translation>
    </message>
    <message>
      <source>Start the local daemon with the editor</source>
      <translation>Den lokalen Dienst mit dem Editor starten</translation>
    </message>
    <message>
      <source>The settings file was damaged; it was put aside as {0} and the defaults are used.</source>
      <translation>Die Einstellungsdatei war beschädigt; sie liegt nun als {0} daneben, und es gelten die Vorgaben.</translation>
    </message>
    <message>
      <source>The settings file {0} cannot be used ({1}); the defaults are used.</source>
      <translation>Die Einstellungsdatei {0} ist nicht zu gebrauchen ({1}); es gelten die Vorgaben.</translation>
    </message>
  </context>
  <context>
    <name>SettingsDialog</name>
    <message>
      <source>Settings</source>
      <translation>Einstellungen</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsDialog</name>
    <message>
      <source>Keyboard shortcuts</source>
      <translation>Tastenkürzel</translation>
    </message>
    <message>
      <source>Search actions and keys</source>
      <translation>Befehle und Tasten suchen</translation>
    </message>
    <message>
      <source>Actions and their keys</source>
      <translation>Befehle und ihre Tasten</translation>
    </message>
    <message>
      <source>Set</source>
      <translation>Setzen</translation>
    </message>
    <message>
      <source>Reset All</source>
      <translation>Alle zurücksetzen</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>Fertig</translation>
    </message>
    <message>
      <source>New key:</source>
      <translation>Neue Taste:</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsModel</name>
    <message>
      <source>Action</source>
      <translation>Befehl</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>Tasten</translation>
    </message>
  </context>
  <context>
    <name>StartHint</name>
    <message>
      <source>Brush over what should go  (B)</source>
      <translation>Übermalen Sie, was weg soll  (B)</translation>
    </message>
    <message>
      <source>Press F to fill</source>
      <translation>Drücken Sie F zum Füllen</translation>
    </message>
    <message>
      <source>Hold Tab to see it as it was; Ctrl+S saves</source>
      <translation>Tab halten zeigt es, wie es war; Strg+S speichert</translation>
    </message>
    <message>
      <source>Three steps</source>
      <translation>Drei Schritte</translation>
    </message>
    <message>
      <source>Got it</source>
      <translation>Verstanden</translation>
    </message>
  </context>
  <context>
    <name>StatusBar</name>
    <message>
      <source>Daemon</source>
      <translation>Dienst</translation>
    </message>
    <message>
      <source>Connecting to the daemon…</source>
      <translation>Verbindet mit dem Dienst…</translation>
    </message>
    <message>
      <source>Offline: editing goes on, fills wait for the daemon</source>
      <translation>Offline: Bearbeiten geht weiter, Füllungen warten auf den Dienst</translation>
    </message>
    <message>
      <source>The daemon cannot fill at the moment</source>
      <translation>Der Dienst kann gerade nicht füllen</translation>
    </message>
    <message>
      <source>The daemon is getting ready…</source>
      <translation>Der Dienst macht sich bereit…</translation>
    </message>
    <message>
      <source>Ready</source>
      <translation>Bereit</translation>
    </message>
    <message>
      <source>{0} in the queue</source>
      <translation>{0} in der Schlange</translation>
    </message>
  </context>
  <context>
    <name>Target</name>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Replace</source>
      <translation>Ersetzen</translation>
    </message>
    <message>
      <source>Replace {0}?</source>
      <translation>{0} ersetzen?</translation>
    </message>
    <message>
      <source>There is a file of this name already.</source>
      <translation>Es gibt schon eine Datei dieses Namens.</translation>
    </message>
  </context>
  <context>
    <name>ToolPanel</name>
    <message>
      <source>Size</source>
      <translation>Größe</translation>
    </message>
    <message>
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <source>[ and ]</source>
      <translation>[ und ]</translation>
    </message>
    <message>
      <source>Hardness</source>
      <translation>Härte</translation>
    </message>
    <message>
      <source>{ and }; soft edges blend softly</source>
      <translation>{ und }; weiche Ränder blenden weich über</translation>
    </message>
    <message>
      <source>Tolerance</source>
      <translation>Toleranz</translation>
    </message>
    <message>
      <source>Connected pixels only</source>
      <translation>Nur zusammenhängende Pixel</translation>
    </message>
    <message>
      <source>Shift draws straight lines, the right button erases.</source>
      <translation>Umschalt zieht gerade Linien, die rechte Taste radiert.</translation>
    </message>
    <message>
      <source>Shift draws straight lines, the right button paints.</source>
      <translation>Umschalt zieht gerade Linien, die rechte Taste malt.</translation>
    </message>
    <message>
      <source>Click corners, Enter closes. It adds to the mask; Ctrl erases.</source>
      <translation>Ecken klicken, Enter schließt. Fügt zur Maske hinzu; Strg nimmt weg.</translation>
    </message>
    <message>
      <source>Adds to the mask; Ctrl or the right button erases from it.</source>
      <translation>Fügt zur Maske hinzu; Strg oder die rechte Taste nimmt weg.</translation>
    </message>
  </context>
  <context>
    <name>Welcome</name>
    <message>
      <source>Take things out of photos</source>
      <translation>Dinge aus Fotos herausnehmen</translation>
    </message>
    <message>
      <source>Drop a photo here, paste one, or</source>
      <translation>Ziehen Sie ein Foto hierher, fügen Sie eins ein, oder</translation>
    </message>
    <message>
      <source>Open a photo…</source>
      <translation>Foto öffnen…</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Öffnen</translation>
    </message>
    <message>
      <source>JPEG, PNG, WebP or TIFF</source>
      <translation>JPEG, PNG, WebP oder TIFF</translation>
    </message>
    <message>
      <source>Brush</source>
      <translation>Übermalen</translation>
    </message>
    <message>
      <source>over what should go</source>
      <translation>was weg soll</translation>
    </message>
    <message>
      <source>Press F</source>
      <translation>F drücken</translation>
    </message>
    <message>
      <source>to fill; hold Tab to compare</source>
      <translation>zum Füllen; Tab vergleicht</translation>
    </message>
  </context>
  <context>
    <name>Workspace</name>
    <message>
      <source>Pasted picture</source>
      <translation>Eingefügtes Bild</translation>
    </message>
  </context>
</TS>
