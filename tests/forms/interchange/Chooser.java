import java.io.File;
import java.io.FileInputStream;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/** What JavaRosa asks in every XForm in a folder: a line for each question, with its file, name, whether it is required, and the codes that it offers. */
public class Chooser {
  public static void main(String[] args) throws Exception {
    PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
    PrototypeManager.registerPrototypes(CoreModelModule.classNames);
    new XFormsModule().registerModule();
    File[] files = new File(args[0]).listFiles((folder, name) -> name.endsWith(".xml"));
    Arrays.sort(files);
    for (File file : files) {
      FormDef form = XFormUtils.getFormFromInputStream(new FileInputStream(file));
      form.initialize(true, new InstanceInitializationFactory());
      FormEntryModel model = new FormEntryModel(form);
      FormEntryController steps = new FormEntryController(model);
      for (int event = steps.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM; event = steps.stepToNextEvent()) {
        if (event != FormEntryController.EVENT_QUESTION) continue;
        FormEntryPrompt prompt = model.getQuestionPrompt();
        String codes = prompt.getSelectChoices() == null ? "" : prompt.getSelectChoices().stream().map((one) -> one.getValue()).collect(Collectors.joining(","));
        String name = prompt.getIndex().getReference().getNameLast();
        System.out.println("ASKED\t" + file.getName() + "\t" + name + "\t" + prompt.isRequired() + "\t" + codes);
      }
    }
  }
}
