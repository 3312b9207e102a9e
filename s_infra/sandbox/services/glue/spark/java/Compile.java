import java.io.File;
import org.codehaus.janino.ClassLoaderIClassLoader;
import org.codehaus.janino.Compiler;

/** Compiles source files, the arguments but the first, into a folder, the first: Spark's own compiler does it. */
public class Compile {
    public static void main(String[] arguments) throws Exception {
        File[] sources = new File[arguments.length - 1];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = new File(arguments[i + 1]);
        }
        Compiler compiler = new Compiler();
        // A Java put together by jlink has no folder of modules to read the platform's classes from.
        compiler.setIClassLoader(new ClassLoaderIClassLoader(ClassLoader.getSystemClassLoader()));
        compiler.setDestinationDirectory(new File(arguments[0]), false);
        compiler.setDebugLines(true);
        compiler.setDebugSource(true);
        compiler.compile(sources);
    }
}
