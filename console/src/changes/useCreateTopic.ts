import { CreateTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { type Change, useChange } from "./useChange";

export type SubscriptionProtocol = "http" | "https" | "file" | "log";

export interface NewTopic {
  name: string;
  /** Absent: nobody is told yet. */
  subscription?: { protocol: SubscriptionProtocol; endpoint: string };
}

/** Makes a topic, or finds the one of that name, and subscribes somebody to it. Resolves to its ARN. */
export function useCreateTopic(): Change<NewTopic, string> {
  return useChange<NewTopic, string>({
    ask: async ({ sns }, { name, subscription }, options) => {
      const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: name }), options);
      if (subscription !== undefined) {
        const { protocol, endpoint } = subscription;
        const command = new SubscribeCommand({ TopicArn, Protocol: protocol, Endpoint: endpoint });
        await sns.send(command, options);
      }
      return TopicArn;
    },
    said: ({ name, subscription }) =>
      subscription?.protocol === "http" || subscription?.protocol === "https"
        ? `Topic ${name} is there. ${subscription.endpoint} is asked whether it wants to be told.`
        : `Topic ${name} is there.`,
  });
}
