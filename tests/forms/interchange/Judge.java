import java.io.File;
import java.io.FileInputStream;
import java.util.Arrays;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/** The leaves that JavaRosa makes of every XForm in a folder: a line for each leaf, with its file, name, whether it is shown, and value. */
public class Judge {
  public static void main(String[] args) throws Exception {
    PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
    PrototypeManager.registerPrototypes(CoreModelModule.classNames);
    new XFormsModule().registerModule();
    File[] files = new File(args[0]).listFiles((folder, name) -> name.endsWith(".xml"));
    Arrays.sort(files);
    for (File file : files) {
      FormDef form = XFormUtils.getFormFromInputStream(new FileInputStream(file));
      form.initialize(true, new InstanceInitializationFactory());
      tell(file.getName(), form.getInstance().getRoot());
    }
  }

  private static void tell(String file, TreeElement node) {
    if (node.getNumChildren() == 0) {
      IAnswerData value = node.getValue();
      String text = value == null ? "" : value.uncast().getString();
      System.out.println("LEAF\t" + file + "\t" + node.getName() + "\t" + node.isRelevant() + "\t" + text);
    }
    for (int at = 0; at < node.getNumChildren(); at++) tell(file, node.getChildAt(at));
  }
}
