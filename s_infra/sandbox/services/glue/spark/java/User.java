package s_infra;

import org.apache.hadoop.security.UserGroupInformation;

/** Names the user to Hadoop, which ends Spark for one that the machine has no name for. */
public class User {
    public static void premain(String name) {
        UserGroupInformation.setLoginUser(UserGroupInformation.createRemoteUser(name));
    }
}
