from argparse import ArgumentParser

from models import FromACommandLine, GivenAllOptions

if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--data", required=True)
    parser.add_argument("--model_name", default="bert-base-uncased")
    args = parser.parse_args()
    net = FromACommandLine(args.data, {"out": 2}, args.model_name)
    other = GivenAllOptions(args)
